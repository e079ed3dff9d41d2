// A function with a package of its own, an embedded file and two dependencies.
package main

import (
	"context"
	_ "embed"

	"example.com/go-hello/greet"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/uuid"
)

//go:embed words/hello.txt
var words string

var version = "dev"

type answer struct {
	Message string `json:"message"`
	Version string `json:"version"`
	ID      string `json:"id"`
}

func handle(_ context.Context, event struct {
	Name string `json:"name"`
}) (answer, error) {
	return answer{greet.With(words, event.Name), version, uuid.NewString()}, nil
}

func main() { lambda.Start(handle) }
