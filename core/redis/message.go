package redis

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// encode is a message as it is stored.
func encode(m core.Message) (string, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return "", &core.Error{Kind: core.Invalid, Op: "redis queue", Message: "a message cannot be written as JSON", Err: err}
	}
	return string(body), nil
}

// decode reads a stored message, and says why it cannot.
func decode(body string) (core.Message, string) {
	var m core.Message
	if err := json.Unmarshal([]byte(body), &m); err != nil {
		return core.Message{}, "cannot be read: it is not the JSON of a message"
	}
	if m.Version > core.MessageVersion {
		return core.Message{}, "cannot be read: it has version " + strconv.Itoa(m.Version) +
			", and this program knows up to " + strconv.Itoa(core.MessageVersion)
	}
	return m, ""
}

// due is when a message is due in milliseconds, the unit of the scripts, rather
// later than earlier; 0 for at once.
func due(m core.Message) int64 {
	if m.Due.IsZero() {
		return 0
	}
	return m.Due.Add(time.Millisecond - time.Nanosecond).UnixMilli()
}

// letter is an entry of the stream of dead letters. One that cannot be read has
// an empty message; its reason says so.
func letter(entry goredis.XMessage) core.DeadLetter {
	body, _ := entry.Values["m"].(string)
	reason, _ := entry.Values["reason"].(string)
	m, _ := decode(body)
	return core.DeadLetter{ID: entry.ID, Message: m, Reason: reason, At: entryTime(entry.ID)}
}

// entryTime is when an entry was added to its stream: its ID begins with the
// milliseconds.
func entryTime(id string) time.Time {
	text, _, _ := strings.Cut(id, "-")
	ms, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// isEntryID reports whether a text is the full ID of a stream's entry. The
// server would also take half of one, or a sign for the first or last.
func isEntryID(id string) bool {
	ms, serial, _ := strings.Cut(id, "-")
	for _, part := range []string{ms, serial} {
		if n, err := strconv.ParseUint(part, 10, 64); err != nil || strconv.FormatUint(n, 10) != part {
			return false
		}
	}
	return true
}
