package huawei

import (
	"fmt"
	"net/http"
)

// Reason says in one word why a message was refused, fit for a metric label.
type Reason string

// The reasons.
const (
	ReasonMissing     Reason = "missing"     // a header or field is not there
	ReasonMalformed   Reason = "malformed"   // a header is there twice, or something has not the documented form
	ReasonMismatch    Reason = "mismatch"    // signed with another key, or forged; or headers that contradict the body
	ReasonStale       Reason = "stale"       // genuine, and signed too long ago
	ReasonFuture      Reason = "future"      // genuine, and signed more than Ahead ahead of our clock
	ReasonTopic       Reason = "topic"       // of a topic that is not on the list
	ReasonCertificate Reason = "certificate" // the signing certificate is elsewhere, unknown, or not fit for use
	ReasonSubscribe   Reason = "subscribe"   // a confirmation URL that does not lead to Huawei's console
	// ReasonUnavailable is no judgement on the message: the certificate could not
	// be fetched now. Answer with 5xx, because SMN repeats on nothing else.
	ReasonUnavailable Reason = "unavailable"
)

// VerifyError says why a message was refused. It never holds a signature, a key
// or a token.
type VerifyError struct {
	Reason Reason
	Detail string // which header or field, and what is wrong with it
}

// Error reads "callback refused, stale: auth_timestamp is ...".
func (e *VerifyError) Error() string {
	return fmt.Sprintf("callback refused, %s: %s", e.Reason, e.Detail)
}

func refuse(reason Reason, detail string) error {
	return &VerifyError{Reason: reason, Detail: detail}
}

// single returns the only value of a header, and nothing if it is not there.
func single(h http.Header, name string) (string, error) {
	values := h.Values(name)
	if len(values) > 1 {
		return "", refuse(ReasonMalformed, fmt.Sprintf("%s came %d times, once is allowed", name, len(values)))
	}
	return h.Get(name), nil
}
