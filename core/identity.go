package core

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Identity is a short hash of what makes an event this one and no other: its
// type, media, time, status and jobs, and the message that brought it. Providers
// send no event ID; what they repeat has the same identity. It is empty, which is
// like no other, for an event with neither time nor jobs nor message: nothing
// tells it from the next of its sort.
func Identity(e events.Event) string {
	if e.Time.IsZero() && len(e.JobIDs) == 0 && e.MessageID == "" {
		return ""
	}
	var at string
	if !e.Time.IsZero() {
		at = e.Time.UTC().Format(time.RFC3339Nano)
	}
	parts := append([]string{e.Type, e.MediaID, at, string(e.Status)}, e.JobIDs...)
	if e.MessageID != "" {
		parts = append(parts, "message", e.MessageID)
	}
	hash := sha256.New()
	for _, part := range parts {
		// With its length before it, no part runs into the next one.
		hash.Write(binary.AppendUvarint(nil, uint64(len(part))))
		hash.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(hash.Sum(nil)[:16])
}

// Happened is when the event behind the message happened, in the provider's
// clock: the event's own time, or the time of signing if that is earlier,
// because the body of a callback may be forged and its time stamp may not. An
// event that tells no time, or one that is more than skew after the message was
// first received, happened before it was received and is not known better: then
// that is the time, in our clock, and known is false.
//
// A time that is ahead of ours by skew or less stands as it is. Two receivers
// whose clocks differ would otherwise give a newer event an older time.
func (m Message) Happened(skew time.Duration) (at time.Time, known bool) {
	at = m.Task.EventTime
	if signed := m.Task.Signed; !signed.IsZero() && signed.Before(at) {
		at = signed
	}
	if at.IsZero() || at.After(m.Received.Add(skew)) {
		return m.Received, false
	}
	return at, true
}
