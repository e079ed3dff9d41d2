module example.com/echo

go 1.24

require (
	github.com/aws/aws-lambda-go v1.49.0
	github.com/davecgh/go-spew v1.1.1
)
