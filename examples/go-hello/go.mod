module example.com/go-hello

go 1.24

require (
	github.com/aws/aws-lambda-go v1.49.0
	github.com/google/uuid v1.6.0
)
