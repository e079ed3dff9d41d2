// Command two is a second function of the same module.
package main

import (
	"context"

	"example.com/go-hello/greet"
	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context) (string, error) { return greet.With("%s, again", "Hello"), nil })
}
