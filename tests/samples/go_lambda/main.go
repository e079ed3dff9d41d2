// A Lambda function that does what its event says.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

type event struct {
	Do string `json:"do"`
	N  int    `json:"n"`
}

type half struct{ told bool }

func (h *half) Read(p []byte) (int, error) {
	if h.told {
		return 0, errors.New("half way")
	}
	h.told = true
	return copy(p, "half"), nil
}

var count int

func handle(ctx context.Context, e event) (any, error) {
	count++
	fmt.Println("doing", e.Do)
	switch e.Do {
	case "error":
		return nil, errors.New("boom")
	case "panic":
		panic("oh no")
	case "exit":
		os.Exit(e.N)
	case "sleep":
		time.Sleep(time.Duration(e.N) * time.Millisecond)
	case "large":
		return strings.Repeat("x", e.N-2), nil
	case "stream":
		return io.MultiReader(strings.NewReader(`{"streamed":`), strings.NewReader("true}")), nil
	case "half":
		return &half{}, nil
	}
	deadline, _ := ctx.Deadline()
	lc, _ := lambdacontext.FromContext(ctx)
	return map[string]any{
		"count": count, "left": time.Until(deadline).Seconds(), "id": lc.AwsRequestID,
		"arn": lc.InvokedFunctionArn, "client": lc.ClientContext.Custom, "env": os.Environ(),
	}, nil
}

func main() {
	lambda.StartWithOptions(handle, lambda.WithEnableSIGTERM(func() {
		fmt.Println("asked to end")
	}))
}
