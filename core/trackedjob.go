package core

import (
	"bytes"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

const (
	jobPrefix   = "job/"   // of jobs on their way, due when they are to be asked about
	endedPrefix = "ended/" // of jobs that have ended
)

// jobKey is the key of a part of a job, the first of which is 0.
func jobKey(provider events.Provider, id string, part int) string {
	return jobPrefix + string(provider) + "/" + id + "/" + strconv.Itoa(part)
}

// endOfTime is after every due time.
func endOfTime() time.Time { return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC) }

// trackedJob is a job as the store remembers it, or a part of one: a record has
// room for 20 media, and for some of the longest URLs.
type trackedJob struct {
	Provider  events.Provider `json:"provider"`
	ID        string          `json:"id"`
	TaskType  TaskType        `json:"task_type"`
	Submitted time.Time       `json:"submitted"`
	Pause     time.Duration   `json:"pause"`           // before the latest question
	Hinted    time.Time       `json:"hinted,omitzero"` // when a hint last made it due
	Parts     int             `json:"parts"`
	Messages  []Message       `json:"messages"` // what it was submitted for
	// Left are the targets that are still to be handed over after its end; empty
	// for all of them.
	Left []string `json:"left,omitempty"`
}

// records splits a job into records of the size that a store takes.
func (j trackedJob) records(due, expires time.Time) ([]Record, error) {
	const room = MaxValue - 4<<10 // for all but the messages
	var parts [][]Message
	for messages := j.Messages; len(messages) > 0; {
		var size, n int
		for n < len(messages) {
			text, err := compact(messages[n])
			if err != nil {
				return nil, err
			}
			if size += len(text); size > room && n > 0 {
				break
			}
			n++
		}
		parts = append(parts, messages[:n])
		messages = messages[n:]
	}
	records := make([]Record, len(parts))
	j.Parts = len(parts)
	for i, messages := range parts {
		j.Messages = messages
		value, err := compact(j)
		if err != nil {
			return nil, err
		}
		records[i] = Record{Key: jobKey(j.Provider, j.ID, i), Value: value, Due: due, Expires: expires}
	}
	return records, nil
}

// compact is JSON that leaves &, < and > alone: URLs are full of them.
func compact(v any) ([]byte, error) {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, &Error{Kind: Internal, Message: "a job is not fit for JSON", Err: err}
	}
	return bytes.TrimSpace(text.Bytes()), nil
}
