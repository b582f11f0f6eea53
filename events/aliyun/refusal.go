package aliyun

import "fmt"

// Reason says in one word why a signature was refused, fit for a metric label.
type Reason string

// The reasons.
const (
	ReasonMissing   Reason = "missing"   // a header is not there
	ReasonMalformed Reason = "malformed" // a header is there twice, or has not the documented form
	ReasonMismatch  Reason = "mismatch"  // signed for another URL, with another key, or forged
	ReasonStale     Reason = "stale"     // genuine, and signed more than Window ago
	ReasonFuture    Reason = "future"    // genuine, and signed more than Window ahead of our clock
)

// VerifyError says why a callback was refused. It never holds a signature,
// neither the expected nor the given one, nor a key or a URL.
type VerifyError struct {
	Reason Reason
	Detail string // which header, and what is wrong with it
}

// Error reads "callback signature stale: X-VOD-TIMESTAMP is ...".
func (e *VerifyError) Error() string {
	return fmt.Sprintf("callback signature %s: %s", e.Reason, e.Detail)
}

func refuse(reason Reason, detail string) error {
	return &VerifyError{Reason: reason, Detail: detail}
}
