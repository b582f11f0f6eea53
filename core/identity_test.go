package core_test

import (
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestIdentity(t *testing.T) {
	t.Parallel()
	base := events.Event{
		Provider: events.Aliyun, Type: "TranscodeComplete", MediaID: "m", Time: noon(), Status: events.Success, JobIDs: []string{"1", "2"},
	}
	other := func(change func(*events.Event)) events.Event {
		e := base
		change(&e)
		return e
	}
	for name, tt := range map[string]struct {
		event events.Event
		same  bool
	}{
		"itself":              {base, true},
		"other zone":          {other(func(e *events.Event) { e.Time = e.Time.In(time.FixedZone("", 8*3600)) }), true},
		"other body":          {other(func(e *events.Event) { e.Raw, e.Extend = []byte("{}"), "x" }), true},
		"other type":          {other(func(e *events.Event) { e.Type = "StreamTranscodeComplete" }), false},
		"other media":         {other(func(e *events.Event) { e.MediaID = "n" }), false},
		"other time":          {other(func(e *events.Event) { e.Time = e.Time.Add(time.Millisecond) }), false},
		"no time":             {other(func(e *events.Event) { e.Time = time.Time{} }), false},
		"other status":        {other(func(e *events.Event) { e.Status = events.Failure }), false},
		"other jobs":          {other(func(e *events.Event) { e.JobIDs = []string{"1", "3"} }), false},
		"a message":           {other(func(e *events.Event) { e.MessageID = "smn/1" }), false},
		"jobs for a message":  {other(func(e *events.Event) { e.JobIDs, e.MessageID = []string{"1"}, "2" }), false},
		"a job less":          {other(func(e *events.Event) { e.JobIDs = []string{"1"} }), false},
		"jobs run together":   {other(func(e *events.Event) { e.JobIDs = []string{"12"} }), false},
		"media takes the job": {other(func(e *events.Event) { e.MediaID, e.JobIDs = "m1", []string{"", "2"} }), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := core.Identity(tt.event)
			if len(got) != 22 {
				t.Errorf("identity %q, want 22 characters", got)
			}
			if same := got == core.Identity(base); same != tt.same {
				t.Errorf("same identity: %t, want %t", same, tt.same)
			}
		})
	}
}

// Two messages of the same second are two events, and one that is repeated is one.
func TestIdentityOfMessages(t *testing.T) {
	t.Parallel()
	event := events.Event{Provider: events.Huawei, Type: "coverComplete", MediaID: "m", Time: noon(), Status: events.Success, MessageID: "smn/1"}
	again, other, timeless := event, event, event
	other.MessageID, timeless.Time = "smn/2", time.Time{}
	if core.Identity(event) != core.Identity(again) {
		t.Error("a repeated message has another identity")
	}
	if core.Identity(event) == core.Identity(other) {
		t.Error("two messages have one identity")
	}
	if core.Identity(timeless) == "" {
		t.Error("a message without a time has no identity")
	}
}

func TestIdentityOfNothing(t *testing.T) {
	t.Parallel()
	if got := core.Identity(events.Event{Type: "SnapshotComplete", MediaID: "m", Status: events.Success}); got != "" {
		t.Errorf("identity %q of an event with neither time nor jobs, want none", got)
	}
}

func TestHappened(t *testing.T) {
	t.Parallel()
	received := noon()
	at := func(seconds int) time.Time { return received.Add(time.Duration(seconds) * time.Second) }
	for name, tt := range map[string]struct {
		event, signed, want time.Time
		known               bool
	}{
		"told":                           {at(-5), time.Time{}, at(-5), true},
		"told and signed":                {at(-5), at(-1), at(-5), true},
		"signed before it is told":       {at(-1), at(-5), at(-5), true},
		"not told":                       {time.Time{}, time.Time{}, received, false},
		"not told, but signed":           {time.Time{}, at(-5), received, false},
		"ahead, within the skew":         {at(2), time.Time{}, at(2), true},
		"ahead, beyond the skew":         {at(3), time.Time{}, received, false},
		"forged ahead, but signed":       {at(3600), at(-1), at(-1), true},
		"both of them beyond the skew":   {at(3600), at(3), received, false},
		"long ago":                       {at(-86400), at(-86400), at(-86400), true},
		"signed ahead, told in the past": {at(-5), at(3), at(-5), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := core.Message{Received: received, Task: core.Task{EventTime: tt.event, Signed: tt.signed}}
			if got, known := m.Happened(skew); !got.Equal(tt.want) || known != tt.known {
				t.Errorf("happened at %v, known %t; want %v, %t", got, known, tt.want, tt.known)
			}
		})
	}
}
