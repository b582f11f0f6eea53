package main

import (
	"bytes"
	"context"
	"io"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

// policy says how often a callback is sent. Only 200 is success.
type policy struct {
	tries   int // zero: until it is answered 200
	pause   time.Duration
	timeout time.Duration
}

// platformPolicy is what VOD does.
//
// Source: "HTTP callbacks", ApsaraVideo VOD user guide.
func platformPolicy() policy { return policy{tries: 3, pause: time.Second, timeout: 5 * time.Second} }

// stubbornPolicy loses nothing, whatever happens to the server.
func stubbornPolicy() policy { return policy{pause: 50 * time.Millisecond, timeout: 5 * time.Second} }

// sender sends callbacks, signed anew for each try, to servers in turn.
type sender struct {
	clock       clock.Clock
	targets     []string
	connections int
	policy      policy
	rate        float64 // callbacks a second; zero: as fast as they are answered
	taken       func(message)
}

// sending is what became of callbacks.
type sending struct {
	sent    int
	taken   int             // answered 200
	answers map[string]int  // tries by the status of their answer, "none" included
	times   []time.Duration // of tries that were answered 200, in order
	started time.Time
	ended   time.Time
}

// lasted is how long it took.
func (s sending) lasted() time.Duration { return s.ended.Sub(s.started) }

// tries is how many requests it took.
func (s sending) tries() int {
	n := 0
	for _, count := range s.answers {
		n += count
	}
	return n
}

// perSecond is how many callbacks were answered 200 a second.
func (s sending) perSecond() float64 { return float64(s.taken) / s.lasted().Seconds() }

// send sends the callbacks and returns when all are answered or given up, or
// when ctx ends.
func (s sender) send(ctx context.Context, messages iter.Seq[message]) sending {
	transport := &http.Transport{MaxIdleConnsPerHost: s.connections, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: s.policy.timeout}
	var turn atomic.Int64
	feed := make(chan message)
	parts := make([]sending, s.connections)
	all := sending{answers: make(map[string]int), started: s.clock.Now()}
	var busy sync.WaitGroup
	for i := range parts {
		parts[i].answers = make(map[string]int)
		busy.Go(func() {
			for m := range feed {
				s.deliver(ctx, client, s.targets[turn.Add(1)%int64(len(s.targets))], m, &parts[i])
			}
		})
	}
	s.feed(ctx, feed, messages)
	busy.Wait()
	all.ended = s.clock.Now()
	for _, part := range parts {
		all.sent += part.sent
		all.taken += part.taken
		all.times = append(all.times, part.times...)
		for answer, n := range part.answers {
			all.answers[answer] += n
		}
	}
	slices.Sort(all.times)
	return all
}

// feed hands out the callbacks at the rate.
func (s sender) feed(ctx context.Context, to chan<- message, messages iter.Seq[message]) {
	defer close(to)
	started, n := s.clock.Now(), 0
	for m := range messages {
		if s.rate > 0 {
			due := started.Add(time.Duration(float64(n) / s.rate * float64(time.Second)))
			if s.clock.Sleep(ctx, due.Sub(s.clock.Now())) != nil {
				return
			}
		}
		select {
		case to <- m:
		case <-ctx.Done():
			return
		}
		n++
	}
}

// deliver sends one callback until it is taken or given up.
func (s sender) deliver(ctx context.Context, client *http.Client, to string, m message, note *sending) {
	note.sent++
	for try := 1; ; try++ {
		started := s.clock.Now()
		status := s.post(ctx, client, to, m)
		note.answers[status]++
		if status == "200" {
			note.taken++
			note.times = append(note.times, s.clock.Now().Sub(started))
			if s.taken != nil {
				s.taken(m)
			}
			return
		}
		if try == s.policy.tries || s.clock.Sleep(ctx, s.policy.pause) != nil {
			return
		}
	}
}

// post makes one try and returns the status, or "none".
func (s sender) post(ctx context.Context, client *http.Client, to string, m message) string {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(m.body))
	if err != nil {
		return "none"
	}
	request.Header = aliyun.Sign(callbackURL, callbackKey(), s.clock.Now())
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return "none"
	}
	defer func() { _ = response.Body.Close() }()
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection is used again
	return strconv.Itoa(response.StatusCode)
}
