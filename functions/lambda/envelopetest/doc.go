// Package envelopetest wraps requests as Lambda's event sources do, and unwraps
// the answers as they do: with the event types of aws-lambda-go, so that nothing of
// it is shared with what it judges.
//
// It may import functions/requesttest and aws-lambda-go.
package envelopetest
