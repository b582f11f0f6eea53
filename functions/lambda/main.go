// Command lambda is the three functions on AWS Lambda, as the executable
// bootstrap of the runtime provided.al2023; FUNCTION says which one a deployment
// is. Build it with CGO_ENABLED=0 and -tags lambda.norpc.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/vodrefresh/vodrefresh/functions/lambda/bootstrap"
)

func main() {
	lambda.StartWithOptions(bootstrap.Begin(context.Background(), os.Environ(), os.Stderr, os.Exit))
}
