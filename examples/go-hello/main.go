// A Lambda function that greets, in Go.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/google/uuid"
)

type request struct {
	Name string `json:"name"`
}

type answer struct {
	Greeting string `json:"greeting"`
	ID       string `json:"id"`
}

func handle(_ context.Context, r request) (answer, error) {
	if r.Name == "" {
		r.Name = "world"
	}
	id := uuid.NewSHA1(uuid.NameSpaceDNS, []byte(r.Name))
	return answer{Greeting: "hello, " + r.Name, ID: id.String()}, nil
}

func main() {
	lambda.Start(handle)
}
