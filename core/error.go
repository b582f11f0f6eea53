package core

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind sorts errors by what can be done about them. A driver maps the
// provider's codes to kinds, the HTTP layer maps kinds to statuses, the
// refresher maps kinds to what happens next: one table each.
type Kind string

// The kinds.
const (
	Invalid         Kind = "invalid"         // the request is wrong and stays wrong
	NotFound        Kind = "not_found"       // the media, job or route does not exist
	Forbidden       Kind = "forbidden"       // known who asks, and not allowed
	Unauthenticated Kind = "unauthenticated" // not known who asks: key, token or signature refused
	Throttled       Kind = "throttled"       // too many calls right now
	QuotaExceeded   Kind = "quota_exceeded"  // the day's allowance is spent
	NotReady        Kind = "not_ready"       // the media's state does not allow it yet
	Unavailable     Kind = "unavailable"     // nobody answered, or answered that it cannot
	Internal        Kind = "internal"        // a defect, here or there
)

// Error is the one error type of the program. Its text is safe to log and to
// answer with: it carries no URL, key, signature or token.
type Error struct {
	Kind       Kind
	Op         string // what was tried, such as RefreshMediaPlayUrls
	Code       string // the provider's own code, if it gave one
	Message    string
	RequestID  string        // the provider's, for its support
	RetryAfter time.Duration // how long to wait at least; zero if nobody said
	Fields     []FieldError  // for Invalid: what is wrong where
	Err        error         // the cause, for errors.Is and errors.As; not printed
}

// FieldError says which field of a request is wrong, which value it had and
// what is allowed instead.
type FieldError struct {
	Field  string `json:"field"`
	Value  any    `json:"value"`
	Detail string `json:"detail"`
}

// String reads "Field: detail (value)".
func (f FieldError) String() string {
	return fmt.Sprintf("%s: %s, not %s", f.Field, f.Detail, Quote(f.Value))
}

// Quote shows a value in an error text, shortened as by [Shorten].
func Quote(v any) string { return Shorten(fmt.Sprintf("%#v", v)) }

// Shorten is the text or its first 64 bytes: an error shows what is wrong, it does
// not repeat a request.
func Shorten(text string) string {
	const most = 64
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strings.ToValidUTF8(text, "")
}

// MergeFields adds to the fields that are known to be wrong those that are not
// named yet: a value of the wrong type needs no second line about its size.
func MergeFields(known, more []FieldError) []FieldError {
	first := known
	for _, m := range more {
		if !slices.ContainsFunc(first, func(k FieldError) bool { return k.Field == m.Field }) {
			known = append(known, m)
		}
	}
	return known
}

// Errorf makes an Error of a kind with a formatted message.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

// Error reads "op: message (code, request ID)", with what is known.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op + ": ")
	}
	if e.Message != "" {
		b.WriteString(e.Message)
	} else {
		b.WriteString(string(e.Kind))
	}
	for i, f := range e.Fields {
		b.WriteString([]string{": ", "; "}[min(i, 1)] + f.String())
	}
	switch {
	case e.Code != "" && e.RequestID != "":
		fmt.Fprintf(&b, " (%s, request %s)", e.Code, e.RequestID)
	case e.Code != "":
		fmt.Fprintf(&b, " (%s)", e.Code)
	case e.RequestID != "":
		fmt.Fprintf(&b, " (request %s)", e.RequestID)
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of err: that of the first Error in its chain,
// Unavailable for a context that ended, Internal for anything else, an Error
// without a kind included, and the empty kind for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return cmp.Or(e.Kind, Internal)
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return Unavailable
	}
	return Internal
}
