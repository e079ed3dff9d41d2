package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// look answers with what was asked, as X-Want wants it.
func look(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	digest := sha256.Sum256(body)
	headers := map[string]string{}
	for name, values := range r.Header {
		if strings.HasPrefix(name, "X-Case-") {
			headers[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	cookies := []string{}
	for _, cookie := range r.Cookies() {
		cookies = append(cookies, cookie.Name+"="+cookie.Value)
	}
	query, _ := url.ParseQuery(r.URL.RawQuery)
	seen, _ := json.Marshal(map[string]any{
		"method": r.Method, "path": r.URL.Path, "query": query, "headers": headers,
		"cookies": cookies, "size": len(body), "sha256": hex.EncodeToString(digest[:]),
	})
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Seen", string(seen))
	w.Header().Add("Set-Cookie", "a=1; Path=/")
	w.Header().Add("Set-Cookie", "b=2")
	w.Header().Add("Set-Cookie", "c=3; HttpOnly")
	switch want := r.Header.Get("X-Want"); want {
	case "":
		w.Write(seen)
	case "large":
		w.Write(bytes.Repeat([]byte("x"), 5*1024*1024))
	case "binary":
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write([]byte{0, 1, 0xff, 0xfe, 0x80, 10, 13})
	default:
		status, _ := strconv.Atoi(want)
		w.WriteHeader(status)
	}
}

// serve is the plain server: it tells its address and listens.
func serve() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(listener.Addr().String() + "\n")
	panic(http.Serve(listener, http.HandlerFunc(look)))
}
