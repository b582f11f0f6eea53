package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// submitAction is the call that is counted: the one that costs quota.
const submitAction = "RefreshMediaPlayUrls"

// submission is one submit call as the platform saw it.
type submission struct {
	Arrived  time.Time `json:"arrived"`
	Answered time.Time `json:"answered"` // or cut
	Verdict  verdict   `json:"verdict"`
	Media    []string  `json:"media,omitempty"` // those that were accepted
}

// verdict is what became of a submit call.
type verdict string

const (
	accepted  verdict = "accepted"  // the platform did what it was asked for
	throttled verdict = "throttled" // above the account's rate
	refused   verdict = "refused"   // any other answer
	cut       verdict = "cut"       // no answer: the connection was closed
)

// stats sum the submit calls up.
type stats struct {
	Accepted  int `json:"accepted"`
	Throttled int `json:"throttled"`
	Refused   int `json:"refused"`
	Cut       int `json:"cut"`
	InFlight  int `json:"in_flight"`

	Media int       `json:"media"`          // accepted once at least
	Twice int       `json:"twice"`          // of these, accepted more than once
	First time.Time `json:"first,omitzero"` // arrival of the first call that was accepted
	Last  time.Time `json:"last,omitzero"`  // answer to the last one
}

// calls is how many calls came to an end.
func (s stats) calls() int { return s.Accepted + s.Throttled + s.Refused + s.Cut }

// witness notes the submit calls on their way to a simulator.
type witness struct {
	next  http.Handler
	clock clock.Clock

	mu    sync.Mutex
	log   []submission
	sum   stats
	times map[string]int // how often a media was accepted
}

func newWitness(next http.Handler, c clock.Clock) *witness {
	return &witness{next: next, clock: c, times: make(map[string]int)}
}

// ServeHTTP implements http.Handler.
func (w *witness) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("Action") != submitAction {
		w.next.ServeHTTP(to, r)
		return
	}
	arrived := w.clock.Now()
	w.mu.Lock()
	w.sum.InFlight++
	w.mu.Unlock()
	seen := &recorder{ResponseWriter: to}
	defer func() { // also when the simulator panics to cut the connection
		made := submission{Arrived: arrived, Answered: w.clock.Now()}
		made.Verdict, made.Media = seen.judge(strings.Split(query.Get("MediaIds"), ","))
		w.note(made)
	}()
	w.next.ServeHTTP(seen, r)
}

func (w *witness) note(made submission) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, made)
	w.sum.InFlight--
	switch made.Verdict {
	case accepted:
		w.sum.Accepted++
		if w.sum.First.IsZero() {
			w.sum.First = made.Arrived
		}
		w.sum.Last = made.Answered
	case throttled:
		w.sum.Throttled++
	case refused:
		w.sum.Refused++
	case cut:
		w.sum.Cut++
	}
	for _, id := range made.Media {
		w.times[id]++
		switch w.times[id] {
		case 1:
			w.sum.Media++
		case 2:
			w.sum.Twice++
		}
	}
}

// stats returns the sums so far.
func (w *witness) stats() stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.sum
}

// submissions returns the calls so far, in the order of their ends.
func (w *witness) submissions() []submission {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.log)
}

// recorder keeps what a call is answered.
type recorder struct {
	http.ResponseWriter

	status int
	body   bytes.Buffer
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

// judge says what became of the call, and which of the media that it asked for
// were accepted. HTTP 200 alone says little: a captive portal's page has it too.
func (r *recorder) judge(asked []string) (verdict, []string) {
	if r.status == 0 {
		return cut, nil
	}
	var answer struct{ Code, RequestId, MediaRefreshJobId, NonExistMediaIds, ForbiddenMediaIds string } //nolint:revive // the platform's names
	if err := json.Unmarshal(r.body.Bytes(), &answer); err != nil {
		return refused, nil
	}
	switch {
	case strings.HasPrefix(answer.Code, "Throttling"):
		return throttled, nil
	case r.status != http.StatusOK || answer.RequestId == "":
		return refused, nil
	case answer.MediaRefreshJobId == "":
		return accepted, nil
	}
	without := append(strings.Split(answer.NonExistMediaIds, ","), strings.Split(answer.ForbiddenMediaIds, ",")...)
	return accepted, slices.DeleteFunc(asked, func(id string) bool { return slices.Contains(without, id) })
}
