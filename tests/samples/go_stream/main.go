// A Lambda function behind a function URL that streams its response.
//
// Query: step=ADDRESS asks there for a byte before each part but the first; bytes=N writes so many; fail=1
// ends with an error; parts are 5.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
)

func write(out *io.PipeWriter, asked map[string]string) error {
	if size, _ := strconv.Atoi(asked["bytes"]); size > 0 {
		_, err := io.Copy(out, io.LimitReader(zeros{}, int64(size)))
		return err
	}
	var test net.Conn
	for number := range 5 {
		if number > 0 && asked["step"] != "" {
			if test == nil {
				var err error
				if test, err = net.Dial("tcp", asked["step"]); err != nil {
					return err
				}
				defer test.Close()
			}
			if _, err := test.Read(make([]byte, 1)); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(out, "part %d;", number); err != nil {
			return err
		}
		if asked["fail"] != "" {
			return errors.New("half way")
		}
	}
	return nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return copy(p, strings.Repeat("x", len(p))), nil }

func handle(_ context.Context, request events.LambdaFunctionURLRequest) (*events.LambdaFunctionURLStreamingResponse, error) {
	if request.QueryStringParameters["refuse"] != "" {
		return nil, errors.New("refused")
	}
	body, out := io.Pipe()
	go func() { out.CloseWithError(write(out, request.QueryStringParameters)) }()
	return &events.LambdaFunctionURLStreamingResponse{
		StatusCode: http.StatusCreated,
		Headers:    map[string]string{"Content-Type": "text/event-stream"},
		Cookies:    []string{"a=1"},
		Body:       body,
	}, nil
}

func main() { lambda.Start(handle) }
