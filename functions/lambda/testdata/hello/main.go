// Command hello is the least that a function on Lambda can be in Go: what the
// start of ours is compared to.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() {
	lambda.Start(func() (string, error) { return "hello", nil })
}
