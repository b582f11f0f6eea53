package sqs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// The limits of a message and of what a call carries. SQS itself takes 1 MiB
// since 2025; a queue that was made before takes 256 KiB unless it is changed.
//
// Source: SQS Developer Guide, message quotas.
const (
	maxBody  = 256 << 10 // bytes
	maxDelay = 15 * time.Minute
	maxBatch = 10 // entries of a call
)

// parcel is a message as it is sent.
type parcel struct {
	body string
	due  time.Time // zero: at once
}

// delay is how long SQS has to hold a parcel back, in seconds, rather longer
// than shorter; at most as long as it can.
func (p parcel) delay(now time.Time) int32 {
	if p.due.IsZero() || !p.due.After(now) {
		return 0
	}
	return seconds(min(maxDelay, p.due.Sub(now)))
}

// pack writes a message as JSON.
func pack(op string, m core.Message) (parcel, error) {
	text, err := json.Marshal(m)
	if err != nil {
		return parcel{}, &core.Error{Kind: core.Invalid, Op: op, Message: "a message cannot be written as JSON", Err: err}
	}
	// JSON escapes every other character that SQS does not take.
	body := strings.NewReplacer("\uFFFE", `\ufffe`, "\uFFFF", `\uffff`).Replace(string(text))
	if len(body) > maxBody {
		return parcel{}, &core.Error{Kind: core.Invalid, Op: op, Fields: []core.FieldError{{
			Field: "message", Value: fmt.Sprintf("%d bytes", len(body)), Detail: fmt.Sprintf("must have at most %d bytes as JSON", maxBody),
		}}}
	}
	return parcel{body, m.Due}, nil
}

// unpack reads a message, and says why it cannot.
func unpack(body string) (core.Message, string) {
	var m core.Message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return core.Message{}, "cannot be read: it is not the JSON of a message"
	}
	if m.Version != core.MessageVersion {
		return core.Message{}, "cannot be read: it has version " + strconv.Itoa(m.Version) +
			", and this program knows " + strconv.Itoa(core.MessageVersion)
	}
	return m, ""
}

// letter is a dead letter as the store holds it.
type letter struct {
	At     time.Time `json:"at"`
	Reason string    `json:"reason"`
	Body   string    `json:"body"` // as it was sent, if it can be read or not
}

// bury is the record of a dead letter; its due time orders letters by age.
func bury(l letter) (value []byte, due time.Time) {
	value, _ = json.Marshal(l) // two texts and a time of this century
	return value, l.At
}

// exhume reads the record of a dead letter. One that cannot be read has an
// empty message; its reason says so.
func exhume(r core.Record, id string) core.DeadLetter {
	var l letter
	if err := json.Unmarshal(r.Value, &l); err != nil {
		return core.DeadLetter{ID: id, Reason: "the record of this letter cannot be read", At: r.Due}
	}
	m, _ := unpack(l.Body)
	return core.DeadLetter{ID: id, Message: m, Reason: l.Reason, At: l.At}
}

// afresh is a dead letter's message as it begins once more. One that cannot be
// read stays as it is, because a later version of the program may know it.
func afresh(r core.Record) (parcel, bool) {
	var l letter
	if err := json.Unmarshal(r.Value, &l); err != nil {
		return parcel{}, false
	}
	m, reason := unpack(l.Body)
	if reason != "" {
		return parcel{body: l.Body}, true
	}
	p, err := pack("sqs redrive", m.Revived())
	return p, err == nil
}
