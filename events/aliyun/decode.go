package aliyun

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/vodrefresh/vodrefresh/events"
)

// DecodeError says why a body is not a callback. Its text shows no more than a
// few bytes of the body.
type DecodeError struct {
	Detail string
	Err    error // what encoding/json said, if it came so far
}

// Error reads "callback body: ...".
func (e *DecodeError) Error() string { return "callback body: " + e.Detail }

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// Decode reads the body of a callback, plain JSON as it comes over HTTP or
// base64 of it as it may come out of a queue.
//
// It is tolerant, because the documented shapes differ from event to event and
// from the sent ones: a field that is missing, or has a type that cannot be
// used, is left empty, and the others are still read. An event type that is
// not in [Types] decodes as [events.Unknown]. Only a body that is not a JSON
// object, also after base64, is an error, a [*DecodeError].
//
// The event's Raw is body itself if that was plain JSON, so body must not be
// changed afterwards.
func Decode(body []byte) (events.Event, error) {
	raw, err := unwrap(body)
	if err != nil {
		return events.Event{}, err
	}
	var c callback
	c.StreamInfos = c.room[:0]
	if err := json.Unmarshal(raw, &c); err != nil {
		// A list that is no list, say: encoding/json leaves it out and goes on.
		if _, shape := errors.AsType[*json.UnmarshalTypeError](err); !shape {
			return events.Event{}, &DecodeError{Detail: "not valid JSON: " + err.Error(), Err: err}
		}
	}
	return c.event(raw), nil
}

// unwrap drops a byte order mark, and undoes the base64 of a body that does not
// begin like an object.
func unwrap(body []byte) ([]byte, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	text := bytes.TrimSpace(body)
	if len(text) == 0 {
		return nil, &DecodeError{Detail: "empty, a JSON object is needed"}
	}
	if text[0] == '{' {
		return body, nil
	}
	unpadded := bytes.TrimRight(text, "=")
	raw := make([]byte, base64.RawStdEncoding.DecodedLen(len(unpadded)))
	n, err := base64.RawStdEncoding.Decode(raw, unpadded)
	if err != nil || !bytes.HasPrefix(bytes.TrimSpace(raw[:n]), []byte("{")) {
		const shown = 8
		detail := fmt.Sprintf("neither a JSON object nor base64 of one, it begins with %q", text[:min(shown, len(text))])
		return nil, &DecodeError{Detail: detail}
	}
	return raw[:n], nil
}
