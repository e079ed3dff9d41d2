// One net/http handler behind aws-lambda-go-api-proxy, and behind a plain server: what does it see?
package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/awslabs/aws-lambda-go-api-proxy/httpadapter"
)

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
	serve()
}
