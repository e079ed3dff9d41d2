module example.com/algnhsa

go 1.24

require github.com/akrylysov/algnhsa v1.1.0

require github.com/aws/aws-lambda-go v1.43.0 // indirect
