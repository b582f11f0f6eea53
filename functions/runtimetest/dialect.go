package runtimetest

import (
	"net/http"
	"strconv"
	"time"
)

// Dialect is how a platform's Runtime API differs from another's. Make one with
// [AWS] or [FunctionCompute].
type Dialect struct {
	name     string // of the platform
	variable string // where a program finds the address of the API
	prefix   string // of the paths
	accepted int    // the status of an answer that was taken
	// describe writes what comes with an event.
	describe func(header http.Header, e Event, id string, deadline time.Time)
}

// AWS is Lambda's. Its answers are taken with 202: at any other status the
// library for Go ends the process.
//
// Source: AWS, "Using the Lambda runtime API for custom runtimes"; aws-lambda-go.
func AWS() Dialect {
	return Dialect{
		name: "AWS Lambda", variable: "AWS_LAMBDA_RUNTIME_API", prefix: "/2018-06-01/runtime", accepted: http.StatusAccepted,
		describe: func(header http.Header, _ Event, id string, deadline time.Time) {
			header.Set("Lambda-Runtime-Aws-Request-Id", id)
			header.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(deadline.UnixMilli(), 10))
			header.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:vodrefresh")
			header.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
		},
	}
}

// FunctionCompute is Alibaba Cloud's. Its answers are taken with 200. What a test
// wants different in the header of an event, it says in [Event.Header].
//
// Source: fc-runtime-go-sdk.
func FunctionCompute() Dialect {
	return Dialect{
		name: "Function Compute", variable: "FC_RUNTIME_API", prefix: "/2020-11-11/runtime", accepted: http.StatusOK,
		describe: func(header http.Header, e Event, id string, deadline time.Time) {
			header.Set("X-Fc-Request-Id", id)
			header.Set("X-Fc-Function-Deadline", strconv.FormatInt(deadline.UnixMilli(), 10))
			header.Set("X-Fc-Function-Timeout", strconv.Itoa(int((e.timeout()+time.Second-1)/time.Second)))
			header.Set("X-Fc-Function-Type", "0")
			header.Set("X-Fc-Function-Name", "vodrefresh")
			header.Set("X-Fc-Function-Handler", "main")
			header.Set("X-Fc-Function-Memory", "512")
			header.Set("X-Fc-Region", "cn-shanghai")
			header.Set("X-Fc-Account-Id", "123456789012")
			header.Set("X-Fc-Qualifier", "LATEST")
			header.Set("X-Fc-Retry-Count", "0")
		},
	}
}
