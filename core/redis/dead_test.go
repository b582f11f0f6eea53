package redis_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// TestUnreadable: what this program cannot read does not stop the rest, and is
// not lost.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	ctx, e := t.Context(), start(t)
	q, client := e.queue(t, time.Minute), e.client(t)
	bodies := []string{`{"v":2,"task":{"new":"form"}}`, `not JSON`}
	must(t, q.Enqueue(ctx, messages(1)))
	must(t, q.Settle(ctx, []core.Settlement{{Delivery: receive(t, q, "m0")[0]}}))
	for _, body := range bodies {
		must(t, client.XAdd(ctx, addArgs(body)).Err())
	}
	must(t, q.Enqueue(ctx, messages(1)))
	begin := time.Now()
	receive(t, q, "m0")
	if took := time.Since(begin); took > time.Second {
		t.Errorf("the readable one came after %v", took)
	}
	letters, err := q.Dead(ctx, 10)
	must(t, err)
	for i, want := range []string{"cannot be read: it has version 2, and this program knows up to 1", "cannot be read: it is not the JSON of a message"} {
		if len(letters) != 2 || letters[i].Reason != want || letters[i].Message != (core.Message{}) {
			t.Fatalf("dead letters are %+v, want %q", letters, want)
		}
	}
	if n, err := q.Redrive(ctx, nil); n != 2 || err != nil {
		t.Fatalf("redrive: %d, %v; want 2", n, err)
	}
	entries, err := client.XRange(ctx, "{vodrefresh}:queue:ready", "-", "+").Result()
	must(t, err)
	for i, body := range bodies {
		if got := entries[len(entries)-2+i].Values["m"]; got != body {
			t.Errorf("redriven as %v, want %v", got, body)
		}
	}
}

// TestRedriveIDs: an ID of another form is one that does not exist, though the
// server would take it for something.
func TestRedriveIDs(t *testing.T) {
	t.Parallel()
	ctx, q := t.Context(), start(t).queue(t, time.Minute)
	must(t, q.Enqueue(ctx, messages(2)))
	held := receive(t, q, "m0", "m1")
	must(t, q.Settle(ctx, []core.Settlement{{Delivery: held[0], Dead: "x"}, {Delivery: held[1], Dead: "y"}}))
	letters, err := q.Dead(ctx, 1)
	must(t, err)
	id := letters[0].ID
	ms, _, _ := strings.Cut(id, "-")
	for _, wrong := range [][]string{{""}, {"-", "+"}, {ms}, {"(" + id}, {"0" + id}, {"-" + id}, {id + "-1"}, {"99999999999999999999-1"}, {"nonsense"}} {
		if n, err := q.Redrive(ctx, wrong); n != 0 || err != nil {
			t.Errorf("redrive of %q: %d, %v; want none", wrong, n, err)
		}
	}
	if n, err := q.Redrive(ctx, []string{id, "1-1", id}); n != 1 || err != nil {
		t.Errorf("redrive of one that is named twice: %d, %v; want 1", n, err)
	}
	depth(t, q, core.Depth{Ready: 1, Dead: 1})
	got := receive(t, q, held[0].Message.Task.ID)
	if m := got[0].Message; !m.Redriven || m.Tries != 0 || !m.Due.IsZero() {
		t.Errorf("redriven as %+v", m)
	}
}
