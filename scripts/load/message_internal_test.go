package main

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

func TestMessagesAreCallbacks(t *testing.T) {
	t.Parallel()
	const id = "43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e"
	for name, test := range map[string]struct {
		message message
		kind    events.Kind
		wanted  bool
		streams int
	}{
		"final":   {final(id, noon()), events.Transcoded, true, 3},
		"partial": {partial(id, noon()), events.StreamTranscoded, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := aliyun.Decode(test.message.body)
			if err != nil {
				t.Fatal(err)
			}
			if e.Kind != test.kind || e.MediaID != id || !e.Time.Equal(noon()) || len(e.Streams) != test.streams || test.message.wanted != test.wanted {
				t.Errorf("it decodes as %+v", e)
			}
		})
	}
}

func TestBurst(t *testing.T) {
	t.Parallel()
	const n = 200
	c := newChance(7)
	all := burst(n, c.bytes, noon(), c.Rand)
	bodies, media := make(map[string]int), make(map[string]int)
	for _, m := range all {
		bodies[string(m.body)]++
		if m.wanted {
			media[m.media]++
		}
	}
	if len(all) != 3*n || len(media) != n || len(bodies) != 2*n {
		t.Errorf("%d callbacks of %d changed media with %d different bodies, want %d, %d, %d", len(all), len(media), len(bodies), 3*n, n, 2*n)
	}
	for id, times := range media {
		if times != 2 {
			t.Fatalf("media %s has %d final callbacks, want 2", id, times)
		}
	}
	if slices.IsSortedFunc(all[:9], func(a, b message) int { return bytes.Compare(a.body, b.body) }) || all[0].media == all[1].media {
		t.Error("the callbacks are in order")
	}
	again := newChance(7)
	if other := burst(n, again.bytes, noon(), again.Rand); !slices.EqualFunc(all, other, func(a, b message) bool { return bytes.Equal(a.body, b.body) }) {
		t.Error("another run with the same seed sends something else")
	}
}

func TestFinalsAreDatedWhenTheyAreMade(t *testing.T) {
	t.Parallel()
	at := noon()
	now := func() time.Time { at = at.Add(time.Second); return at }
	seen := make(map[string]bool)
	for m := range finals(10, newChance(3).bytes, now) {
		e, err := aliyun.Decode(m.body)
		if err != nil || !e.Time.Equal(at) || len(m.media) != 32 {
			t.Fatalf("%s: time %v and error %v, want %v", m.body, e.Time, err, at)
		}
		seen[m.media] = true
		if len(seen) == 4 {
			break
		}
	}
	if len(seen) != 4 {
		t.Errorf("%d different media, want 4", len(seen))
	}
}

func TestChance(t *testing.T) {
	t.Parallel()
	c := newChance(1)
	for range 100 {
		if got := c.within(time.Minute); got < 0 || got >= time.Minute {
			t.Fatalf("within a minute: %v", got)
		}
	}
}
