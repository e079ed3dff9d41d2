// The echo as a function: /json is the event it got, /dump the same with types, as spew prints it.
//
// Deploy it behind the front you want to know; compare with `onezip echo diff`.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/davecgh/go-spew/spew"
)

type answer struct {
	StatusCode        int                 `json:"statusCode"`
	Headers           map[string]string   `json:"headers,omitempty"`
	MultiValueHeaders map[string][]string `json:"multiValueHeaders,omitempty"`
	Body              string              `json:"body"`
}

var dump = spew.ConfigState{Indent: " ", SortKeys: true, DisableMethods: true}

func echo(_ context.Context, event json.RawMessage) (answer, error) {
	var told map[string]any
	if err := json.Unmarshal(event, &told); err != nil {
		return answer{}, err
	}
	path, _ := told["rawPath"].(string)
	if path == "" {
		path, _ = told["path"].(string)
	}
	words := strings.FieldsFunc(path, func(each rune) bool { return each == '/' })
	reply := answer{StatusCode: 200}
	kind := "application/json"
	if slices.Contains(words[:min(2, len(words))], "dump") {
		kind = "text/plain; charset=utf-8"
		reply.Body = dump.Sdump(told)
	} else {
		var shown bytes.Buffer
		if err := json.Indent(&shown, event, "", "  "); err != nil {
			return answer{}, err
		}
		reply.Body = shown.String() + "\n"
	}
	_, single := told["headers"]
	if _, multi := told["multiValueHeaders"]; multi && !single { // a load balancer with multi-value headers
		reply.MultiValueHeaders = map[string][]string{"content-type": {kind}}
	} else {
		reply.Headers = map[string]string{"content-type": kind}
	}
	return reply, nil
}

func main() {
	lambda.Start(echo)
}
