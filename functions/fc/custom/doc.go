// Package custom lives in Function Compute's custom runtimes (custom.debian12):
// an HTTP server that gets the requests of HTTP triggers as they are, several at
// once, and everything else as requests of the platform's own.
//
// Which is which says the header x-fc-control-path, which clients cannot set:
// the platform refuses or replaces x-fc-* headers of theirs. Anyone can request
// POST /invoke through the public URL of a function, and that is a request like
// any other, for a path where nothing is.
//
// Outside Function Compute that header could come from anybody. The program is
// inside if the platform has said which function or instance it is, in
// FC_FUNCTION_NAME or FC_INSTANCE_ID. Outside, every x-fc-* header is dropped
// unread, and with it events and keys of roles: what is left is an HTTP server.
//
// Source: Function Compute, "Custom runtime: specifications" and "Event handlers".
//
// It may import the sub-packages of functions/fc but go1, and functions/problem.
package custom
