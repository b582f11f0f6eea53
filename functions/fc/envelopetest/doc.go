// Package envelopetest wraps requests and messages as the triggers of Function
// Compute do, and unwraps the answers as they do: with the event types of
// fc-runtime-go-sdk where those fit, so that nothing of it is shared with what it
// judges.
//
// It may import functions/requesttest and fc-runtime-go-sdk.
package envelopetest
