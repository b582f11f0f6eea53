package huawei

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/vodrefresh/vodrefresh/events"
)

// DecodeError says why a message is not an event. Its text shows no more than a
// few bytes of the message.
type DecodeError struct {
	Detail string
	Err    error // what encoding/json said, if it came so far
}

// Error reads "callback message: ...".
func (e *DecodeError) Error() string { return "callback message: " + e.Detail }

// Unwrap returns the cause.
func (e *DecodeError) Unwrap() error { return e.Err }

// Decode reads the JSON text that one message of either channel carries.
//
// It is tolerant: names count whatever their case, with underscores or without,
// and a member that is missing or has an unusable type is left empty, while the
// others are still read. The event type gets its spelling of [Types], in
// whichever case it came; any other decodes as [events.Unknown]. Only a text
// that is not a JSON object is an error, a [*DecodeError]; such is what SMN
// carries if template text, and not JSON, is chosen in the console.
//
// The events of Huawei VOD have neither a time nor an ID of their own, so Time
// is zero: the message knows when it was signed. Raw is body itself, which must
// not be changed afterwards.
func Decode(body []byte) (events.Event, error) {
	o, err := readObject(body)
	if err != nil {
		return events.Event{}, unreadable(body, err)
	}
	o = o.folded()
	e := events.Event{Provider: events.Huawei, Raw: body}
	e.Type, e.Kind = lookUp(o.text("eventtype"))
	info := o.object(infoOf(e.Type))
	e.MediaID = info.text("assetid")
	e.Status = status(info)
	if e.Kind == events.Reviewed {
		e.Review = review(info)
	}
	for _, output := range info.list("output") {
		e.Streams = append(e.Streams, stream(output, e.Status))
	}
	e.ErrorCode, e.ErrorMessage = filled(info.text("errorcode")), filled(info.text("errormsg"))
	return e, nil
}

// unreadable tells a cut-off or malformed object from prose.
func unreadable(body []byte, err error) error {
	text := bytes.TrimSpace(body)
	switch {
	case len(text) == 0:
		return &DecodeError{Detail: "empty, a JSON object is needed"}
	case text[0] == '{':
		return &DecodeError{Detail: "not valid JSON: " + err.Error(), Err: err}
	}
	const shown = 8
	e := &DecodeError{Detail: fmt.Sprintf(
		"template text and no JSON object, it begins with %q; choose JSON as the message type in the VOD console, Global Settings > Notification Settings",
		text[:min(shown, len(text))],
	)}
	if !errors.Is(err, errNoObject) {
		e.Err = err
	}
	return e
}

// infoOf names the member that describes an event: transcode_info of
// transcodeComplete, and so on. All nine types are alike in this.
func infoOf(eventType string) string {
	return strings.TrimSuffix(strings.ToLower(strings.ReplaceAll(eventType, "_", "")), "complete") + "info"
}

// status takes SUCCEED and FAILED, in any case.
func status(info object) events.Status {
	switch {
	case info.oneOf("status", "SUCCEED") != "":
		return events.Success
	case info.oneOf("status", "FAILED") != "":
		return events.Failure
	case info.text("status") != "":
		return events.StatusUnknown
	}
	return events.StatusAbsent
}

// review is the overall verdict, upper case in the documented sample and lower
// case in the documented table.
func review(info object) events.Review {
	return map[string]events.Review{
		"BLOCK": events.Blocked, "PASS": events.Passed, "REVIEW": events.Undecided,
	}[info.oneOf("suggestion", "BLOCK", "PASS", "REVIEW")]
}

// stream is one output of a transcoding. It has no status of its own: outputs
// are listed when the transcoding worked. An index that names all qualities has
// no quality, hence no definition. FULL_HD and DASH have no counterpart among
// the filters, so they are left empty.
func stream(output object, status events.Status) events.Stream {
	return events.Stream{
		Format: map[string]string{"HLS": "m3u8", "MP4": "mp4", "MP3": "mp3", "FLV": "flv"}[output.oneOf(
			"playtype", "HLS", "MP4", "MP3", "FLV")],
		Definition: map[string]string{"FLUENT": "FD", "SD": "SD", "HD": "HD", "2K": "2K", "4K": "4K"}[output.oneOf(
			"quality", "FLUENT", "SD", "HD", "2K", "4K")],
		Status: status,
		URL:    output.text("url"),
	}
}

// filled drops the literal text null that failures carry as their message.
func filled(text string) string {
	if text == "null" {
		return ""
	}
	return text
}
