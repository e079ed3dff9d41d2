// A function without any library: the Runtime API by net/http, and faults on demand.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"sort"
	"strings"
	"syscall"
	"time"
)

type event struct {
	Do   string `json:"do"`
	Size int    `json:"size"`
	Mark string `json:"mark"`
}

var kept [][]byte

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime"
	if phase := os.Getenv("AT_INIT"); phase != "" {
		fmt.Println("init")
		post(base+"/init/error", handle(event{Do: phase}))
	}
	for {
		response, err := http.Get(base + "/invocation/next")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(9)
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		var asked event
		_ = json.Unmarshal(body, &asked)
		id := response.Header.Get("Lambda-Runtime-Aws-Request-Id")
		fmt.Println("invoke " + asked.Do)
		post(base+"/invocation/"+id+"/response", handle(asked))
	}
}

func post(url string, value any) {
	body, _ := json.Marshal(value)
	response, err := http.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(9)
	}
	io.Copy(io.Discard, response.Body)
	response.Body.Close()
}

func handle(asked event) any {
	switch asked.Do {
	case "exit":
		os.Exit(asked.Size)
	case "kill":
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "hang":
		time.Sleep(time.Hour)
	case "stop":
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		return "went on"
	case "panic":
		var nowhere *event
		return nowhere.Do
	case "spawn":
		command := exec.Command("/bin/sleep", asked.Mark)
		command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		if err := command.Start(); err != nil {
			return err.Error()
		}
		return "spawned"
	case "memory":
		block := make([]byte, asked.Size<<20)
		for at := 0; at < len(block); at += 4096 {
			block[at] = 1
		}
		kept = append(kept, block)
		return len(kept)
	case "disk":
		file, err := os.OpenFile("/tmp/big", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err.Error()
		}
		written, err := file.Write(make([]byte, asked.Size))
		file.Close()
		return []any{written, fmt.Sprint(err)}
	case "files":
		open := 0
		var held []*os.File
		for {
			file, err := os.Open("/dev/null")
			if err != nil {
				for _, each := range held {
					each.Close()
				}
				return []any{open, strings.Contains(err.Error(), "too many open files")}
			}
			held = append(held, file)
			open++
		}
	case "environment":
		names := os.Environ()
		sort.Strings(names)
		folder, _ := os.Getwd()
		err := os.WriteFile("x", nil, 0o644)
		return []any{names, folder, os.Getuid(), os.Getgid(), fmt.Sprint(err)}
	}
	return asked
}
