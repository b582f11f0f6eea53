package main

import (
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// fickle answers each media's callbacks with the statuses of a list, then 200.
type fickle struct {
	statuses []int

	mu   sync.Mutex
	seen map[string]int
}

func (f *fickle) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seen == nil {
		f.seen = make(map[string]int)
	}
	try := f.seen[r.URL.Path]
	f.seen[r.URL.Path]++
	switch {
	case try >= len(f.statuses):
	case f.statuses[try] == 0:
		panic(http.ErrAbortHandler)
	default:
		w.WriteHeader(f.statuses[try])
	}
}

func TestSenderRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy   policy
		statuses []int
		taken    int
		answers  map[string]int
		slept    []time.Duration
	}{
		"taken at once":                {platformPolicy(), nil, 1, map[string]int{"200": 1}, nil},
		"taken the third time":         {platformPolicy(), []int{500, 503}, 1, map[string]int{"500": 1, "503": 1, "200": 1}, []time.Duration{time.Second, time.Second}},
		"202 is no success":            {platformPolicy(), []int{202}, 1, map[string]int{"202": 1, "200": 1}, []time.Duration{time.Second}},
		"given up":                     {platformPolicy(), []int{500, 500, 500}, 0, map[string]int{"500": 3}, []time.Duration{time.Second, time.Second}},
		"no answer":                    {platformPolicy(), []int{0}, 1, map[string]int{"none": 1, "200": 1}, []time.Duration{time.Second}},
		"stubborn, taken after a time": {stubbornPolicy(), []int{0, 500, 500, 500, 500}, 1, map[string]int{"none": 1, "500": 4, "200": 1}, slices.Repeat([]time.Duration{50 * time.Millisecond}, 5)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(&fickle{statuses: test.statuses})
			defer server.Close()
			c := clock.NewFake(noon())
			var taken []string
			s := sender{
				clock: c, targets: []string{server.URL}, connections: 1, policy: test.policy,
				taken: func(m message) { taken = append(taken, m.media) },
			}
			got := s.send(context.Background(), slices.Values([]message{final("a", noon())}))
			if got.sent != 1 || got.taken != test.taken || len(taken) != test.taken || len(got.times) != test.taken || !maps.Equal(got.answers, test.answers) {
				t.Errorf("sending is %+v, want %d taken and %v", got, test.taken, test.answers)
			}
			if slept := c.Slept(); !slices.Equal(slept, test.slept) {
				t.Errorf("it waits %v, want %v", slept, test.slept)
			}
		})
	}
}

func TestSenderKeepsItsRate(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(&fickle{})
	defer server.Close()
	c := clock.NewFake(noon())
	s := sender{clock: c, targets: []string{server.URL}, connections: 1, policy: platformPolicy(), rate: 4}
	got := s.send(context.Background(), finals(9, newChance(1).bytes, c.Now))
	if got.sent != 9 || got.tries() != 9 || got.lasted() != 2*time.Second || got.perSecond() != 4.5 {
		t.Errorf("9 callbacks at 4 a second: %d sent in %v, %.1f a second", got.sent, got.lasted(), got.perSecond())
	}
}

func TestSenderTakesTurns(t *testing.T) {
	t.Parallel()
	var one, other fickle
	first, second := httptest.NewServer(&one), httptest.NewServer(&other)
	defer first.Close()
	defer second.Close()
	s := sender{clock: clock.System{}, targets: []string{first.URL, second.URL}, connections: 3, policy: platformPolicy()}
	got := s.send(context.Background(), finals(10, newChance(1).bytes, noon))
	if got.taken != 10 || one.seen["/"] != 5 || other.seen["/"] != 5 {
		t.Errorf("%d taken, %d and %d by the servers, want 5 and 5", got.taken, one.seen["/"], other.seen["/"])
	}
}

func TestSenderEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusInternalServerError)
	}))
	defer server.Close()
	s := sender{clock: clock.NewFake(noon()), targets: []string{server.URL, "http://no host"}, connections: 2, policy: stubbornPolicy(), rate: 10}
	if got := s.send(ctx, finals(1000, newChance(1).bytes, noon)); got.taken != 0 || got.sent == 1000 {
		t.Errorf("after the end %d of %d are taken", got.taken, got.sent)
	}
}
