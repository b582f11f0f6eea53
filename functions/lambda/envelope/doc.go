// Package envelope tells apart the events that AWS Lambda hands to a function,
// and turns those that wrap an HTTP request into it and back: Function URL and
// HTTP API (payload format 2.0), REST API (1.0) and Application Load Balancer.
//
// What a client sent is restored as far as the envelope lets it: the bytes of the
// body, on which a signature may rest, the query, and headers that came more than
// once. Two things are lost on the way, and no test can bring them back: a load
// balancer whose target group has no multi-value headers keeps the last of several
// headers or parameters of one name, and a REST API decodes the query, so that it
// is written anew.
//
// It may import core and net/http.
package envelope
