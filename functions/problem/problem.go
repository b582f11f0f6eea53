// Package problem answers HTTP requests with errors, as problem details
// (RFC 9457), from one table of kinds and statuses.
//
// It may import core and net/http.
package problem

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// Details is the body of an answer that reports an error.
type Details struct {
	Type   string            `json:"type"` // always about:blank: the status says it all
	Title  string            `json:"title"`
	Status int               `json:"status"`
	Detail string            `json:"detail,omitempty"`
	Errors []core.FieldError `json:"errors,omitempty"` // the fields that are wrong
}

// statuses is the table. An error of the caller's own making and the same kind
// of error from the platform behind us are different things to a caller: bad
// platform keys are not a bad API token.
func statuses(kind core.Kind) (own, platform int) {
	switch kind {
	case core.Invalid:
		return http.StatusBadRequest, http.StatusBadRequest
	case core.NotFound:
		return http.StatusNotFound, http.StatusNotFound
	case core.Forbidden:
		return http.StatusForbidden, http.StatusBadGateway
	case core.Unauthenticated:
		return http.StatusUnauthorized, http.StatusBadGateway
	case core.Throttled, core.QuotaExceeded:
		return http.StatusTooManyRequests, http.StatusServiceUnavailable
	case core.NotReady:
		return http.StatusConflict, http.StatusConflict
	case core.Unavailable:
		return http.StatusServiceUnavailable, http.StatusServiceUnavailable
	default: // core.Internal, and whatever is no kind
		return http.StatusInternalServerError, http.StatusBadGateway
	}
}

// Status returns the HTTP status for an error. One that names an operation
// (core.Error.Op) comes from the platform.
func Status(err error) int {
	own, platform := statuses(core.KindOf(err))
	if e, ok := errors.AsType[*core.Error](err); ok && e.Op != "" {
		return platform
	}
	return own
}

// Error answers with err: its text if it is a core.Error, whose texts are safe
// to show, and the bare status otherwise.
func Error(w http.ResponseWriter, err error) {
	d := Details{Status: Status(err)}
	if e, ok := errors.AsType[*core.Error](err); ok {
		text := *e
		text.Fields = nil
		d.Detail, d.Errors = text.Error(), e.Fields
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second)))
		}
	}
	write(w, d)
}

// Write answers with a status that no kind stands for, such as 405 or 413.
func Write(w http.ResponseWriter, status int, detail string) {
	write(w, Details{Status: status, Detail: detail})
}

func write(w http.ResponseWriter, d Details) {
	d.Type, d.Title = "about:blank", http.StatusText(d.Status)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(d.Status)
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false) // this is no HTML, and a person may read it
	_ = encoder.Encode(d)        // the connection is gone if this fails
}
