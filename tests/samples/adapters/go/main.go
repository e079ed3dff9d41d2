// One net/http handler behind aws-lambda-go-api-proxy, and behind a plain server: what does it see?
package main

import (
	"context"
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

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

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
	case "binary":
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Write([]byte{0, 1, 0xff, 0xfe, 0x80, 10, 13})
	default:
		status, _ := strconv.Atoi(want)
		w.WriteHeader(status)
	}
}

func proxied(ctx context.Context, raw json.RawMessage) (any, error) {
	handler := http.HandlerFunc(look)
	var shape struct {
		Version        string
		RequestContext struct{ Elb *struct{} }
	}
	if err := json.Unmarshal(raw, &shape); err != nil {
		return nil, err
	}
	switch {
	case shape.RequestContext.Elb != nil:
		var event events.ALBTargetGroupRequest
		_ = json.Unmarshal(raw, &event)
		return httpadapter.NewALB(handler).ProxyWithContext(ctx, event)
	case shape.Version == "2.0":
		var event events.APIGatewayV2HTTPRequest
		_ = json.Unmarshal(raw, &event)
		return httpadapter.NewV2(handler).ProxyWithContext(ctx, event)
	default:
		var event events.APIGatewayProxyRequest
		_ = json.Unmarshal(raw, &event)
		return httpadapter.New(handler).ProxyWithContext(ctx, event)
	}
}

func main() {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(proxied)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	os.Stdout.WriteString(listener.Addr().String() + "\n")
	panic(http.Serve(listener, http.HandlerFunc(look)))
}
