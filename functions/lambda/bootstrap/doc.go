// Package bootstrap builds what a function on AWS Lambda is made of, from its
// environment: the log, the engines, the service, and the handler of its
// invocations. The main runs what [Begin] returns, and tests start the same.
//
// It may import functions/config, functions/engine with the drivers of AWS,
// functions/service, functions/lambda/invocation, functions/lambda/emf and aws-lambda-go.
package bootstrap
