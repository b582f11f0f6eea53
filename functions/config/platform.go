package config

import (
	"cmp"
	"slices"
)

// Platform is where a program runs. It decides which engines are built in, and
// what has to be set.
type Platform string

// The platforms.
const (
	Local           Platform = "local"
	Lambda          Platform = "AWS Lambda"
	FunctionCompute Platform = "Function Compute"
)

// queues are the schemes that QUEUE_URL may have; the first holds where it is
// not set.
func (p Platform) queues() []string {
	switch p {
	case Lambda:
		return []string{"direct:", "sqs://"}
	case FunctionCompute:
		return []string{"direct:", "redis://", "rediss://"}
	case Local:
	}
	return []string{"embedded:", "nats://", "tls://", "redis://", "rediss://", "sqs://", "direct:"}
}

// stores are the schemes that STORE_URL may have; the first holds where it is
// not set.
func (p Platform) stores() []string {
	switch p {
	case Lambda:
		return []string{"none:", "dynamodb://"}
	case FunctionCompute:
		return []string{"none:", "redis://", "rediss://"}
	case Local:
	}
	return []string{"embedded:", "nats://", "tls://", "redis://", "rediss://", "dynamodb://", "none:"}
}

// Serverless reports whether the program runs only while it is called, as one of
// three functions.
func (p Platform) Serverless() bool { return p == Lambda || p == FunctionCompute }

// setDefaults fills in what holds on the platform where nothing is set; set to
// nothing is not set.
func (p Platform) setDefaults(vars map[string]string) {
	for name, value := range map[string]string{"QUEUE_URL": p.queues()[0], "STORE_URL": p.stores()[0]} {
		vars[name] = cmp.Or(vars[name], value)
	}
}

// Function is which of the three handlers a deployment is; empty for all of
// them, in the local server.
type Function string

// The functions.
const (
	Callback    Function = "callback"
	Refresh     Function = "refresh"
	Credentials Function = "credentials"
)

// Is reports whether the deployment has a handler.
func (f Function) Is(handler Function) bool { return f == "" || f == handler }

// known reports whether the function is one of the three.
func (f Function) known() bool { return slices.Contains([]Function{Callback, Refresh, Credentials}, f) }
