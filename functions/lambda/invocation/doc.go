// Package invocation answers what AWS Lambda hands to a function, one event at a
// time: HTTP requests with the service's own handler, messages of SQS with a
// partial batch response, a schedule with the tick of a minute.
//
// It may import core, functions/config, functions/problem and
// functions/lambda/envelope.
package invocation
