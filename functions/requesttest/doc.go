// Package requesttest is the one table of HTTP requests that every way into the
// functions has to answer alike: a server of its own, and the envelopes in which
// AWS Lambda and Function Compute wrap a request. A case says what a client sends
// and what it must get; who takes it there is the test's business.
//
// It may import core with the simulator, events, functions/config, and net/http.
package requesttest
