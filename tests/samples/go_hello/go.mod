module example.com/go-hello

go 1.24

toolchain go1.26.8

require (
	github.com/aws/aws-lambda-go v1.49.0
	github.com/google/uuid v1.6.0
)
