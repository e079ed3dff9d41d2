// The least a Go server can do between a caller and a function: net/http on both sides and nothing else.
// No checks, no log, no timeout: what is above its cost is what an emulator adds.
//
//	relay FRONT RUNTIME-API BOOTSTRAP
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

type call struct {
	body   []byte
	answer chan []byte
}

func main() {
	front, api, bootstrap := os.Args[1], os.Args[2], os.Args[3]
	var (
		lock    sync.Mutex
		number  int
		pending = map[string]*call{}
		calls   = make(chan *call)
	)

	runtime := http.NewServeMux()
	runtime.HandleFunc("/2018-06-01/runtime/invocation/next", func(w http.ResponseWriter, _ *http.Request) {
		one := <-calls
		lock.Lock()
		number++
		id := fmt.Sprintf("00000000-0000-4000-8000-%012d", number)
		pending[id] = one
		lock.Unlock()
		head := w.Header()
		head.Set("Content-Type", "application/json")
		head.Set("Lambda-Runtime-Aws-Request-Id", id)
		head.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(time.Now().Add(time.Minute).UnixMilli(), 10))
		head.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:012345678912:function:f")
		_, _ = w.Write(one.body)
	})
	runtime.HandleFunc("/2018-06-01/runtime/invocation/", func(w http.ResponseWriter, r *http.Request) {
		id := strings.Split(r.URL.Path, "/")[4]
		body, _ := io.ReadAll(r.Body)
		lock.Lock()
		one := pending[id]
		delete(pending, id)
		lock.Unlock()
		w.WriteHeader(http.StatusAccepted)
		if one != nil {
			one.answer <- body
		}
	})
	go func() { log.Fatal(http.ListenAndServe(api, runtime)) }()

	var child *exec.Cmd
	start := sync.OnceFunc(func() {
		child = exec.Command(bootstrap)
		child.Env = append(os.Environ(), "AWS_LAMBDA_RUNTIME_API="+api)
		if err := child.Start(); err != nil {
			log.Fatal(err)
		}
	})
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		if child != nil {
			_ = child.Process.Kill()
		}
		os.Exit(0)
	}()

	log.Fatal(http.ListenAndServe(front, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start()
		body, _ := io.ReadAll(r.Body)
		one := &call{body, make(chan []byte, 1)}
		calls <- one
		_, _ = w.Write(<-one.answer)
	})))
}
