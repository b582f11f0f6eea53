package wire

import (
	"bytes"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// Envelope is what a driver found at the top of an answer.
type Envelope struct {
	Object    bool   // the body is a JSON object
	Code      any    // the error code, as decoded; nil or "" for none
	Message   any    // what the provider says of it, as decoded
	RequestID string // the provider's name for the call; a [Token], or empty
}

// Judge says what the answers to a call amount to.
type Judge struct {
	Op  string    // what was called
	Now time.Time // when the answer came
	// Classify says what an error code means, and when the limit behind it lets
	// go, if that is known. Without a kind the HTTP status decides.
	Classify func(code string) (core.Kind, time.Duration)
	// Redact makes the provider's message fit for an error; see [Redact].
	Redact func(text string) string
}

// Refusal returns the error that an answer amounts to, or nil for one worth
// decoding: HTTP 2xx, a JSON object, no error code in it or an empty one. An
// answer without a code comes from something in between, and is not taken for
// the platform's word.
func (j Judge) Refusal(a *Answer, top Envelope) error {
	e := &core.Error{Op: j.Op, RequestID: top.RequestID, RetryAfter: retryAfter(a.Header, j.Now)}
	ok := a.Status >= 200 && a.Status < 300
	switch {
	case len(bytes.TrimSpace(a.Body)) == 0:
		e.Message = fmt.Sprintf("the answer, HTTP %d, is empty", a.Status)
	case !top.Object:
		e.Message = fmt.Sprintf("the answer, HTTP %d, is no JSON object: %d bytes of %s", a.Status, len(a.Body), mediaType(a.Header))
	case ok && (top.Code == nil || top.Code == ""):
		return nil
	}
	if e.Code = Token(top.Code); e.Code == "" {
		e.Kind = kindWithoutCode(a.Status)
		if e.Message == "" {
			e.Message = fmt.Sprintf("refused with HTTP %d and no error code", a.Status)
		}
		return e
	}
	kind, after := j.Classify(e.Code)
	if e.Kind = kind; kind == "" {
		e.Kind = kindOfStatus(a.Status)
	}
	if e.RetryAfter == 0 {
		e.RetryAfter = after
	}
	text, _ := top.Message.(string)
	switch text = j.Redact(text); {
	case e.Kind == core.Unauthenticated:
		// The provider's own words quote the key and the signed text.
		e.Message = "key, token or signature refused"
	case text != "":
		e.Message = text
	default:
		e.Message = fmt.Sprintf("refused with HTTP %d", a.Status)
	}
	return e
}

// kindOfStatus is for an error of the API whose code is unknown.
func kindOfStatus(status int) core.Kind {
	switch status {
	case http.StatusBadRequest:
		return core.Invalid
	case http.StatusUnauthorized:
		return core.Unauthenticated
	case http.StatusForbidden:
		return core.Forbidden
	case http.StatusNotFound:
		return core.NotFound
	}
	return kindWithoutCode(status)
}

// kindWithoutCode is for an answer that has no error code and so comes from
// something in between. A 404 from there says nothing about a media.
func kindWithoutCode(status int) core.Kind {
	switch {
	case status == http.StatusTooManyRequests:
		return core.Throttled
	case status == http.StatusRequestEntityTooLarge, status == http.StatusRequestURITooLong:
		return core.Invalid // a shorter batch may pass
	case status >= 500, status == http.StatusRequestTimeout:
		return core.Unavailable
	}
	return core.Internal
}

// mediaType is the Content-Type without parameters.
func mediaType(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || len(kind) > 64 {
		return "unknown type"
	}
	return kind
}

// retryAfter reads the Retry-After header, seconds or a date (RFC 9110,
// section 10.2.3); zero if there is none or it is past, at most a day.
func retryAfter(header http.Header, now time.Time) time.Duration {
	const most = 24 * time.Hour
	text := header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(seconds, int(most/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), most)
}
