package dynamodb_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// noon is when tests with a clock of their own begin.
func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// attribute is a text attribute on the wire.
type attribute struct{ S string }

// keyed is an item on the wire, as far as tests look at it.
type keyed map[string]struct {
	S string `json:",omitempty"`
	N string `json:",omitempty"`
	B []byte `json:",omitempty"`
}

// service is a fake DynamoDB, which says what a test wants; nil is an empty
// answer.
type service struct {
	clock  *clock.Fake
	answer func(emulatortest.Call) any

	mu    sync.Mutex
	calls []emulatortest.Call
}

func (s *service) roundTrip(c emulatortest.Call) (any, error) {
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	switch answer := s.answer(c).(type) {
	case nil:
		return map[string]any{}, nil
	case error:
		return nil, answer
	default:
		return answer, nil
	}
}

// made counts the calls so far.
func (s *service) made() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.calls)
}

// fake is a store on a service that is not there.
func fake(t *testing.T, s *service) *dynamodb.Store {
	t.Helper()
	s.clock = clock.NewFake(noon())
	if s.answer == nil {
		s.answer = func(emulatortest.Call) any { return nil }
	}
	got, err := dynamodb.Open(table, dynamodb.Options{Getenv: emulatortest.Environ(), Clock: s.clock, Transport: emulatortest.Transport(s.roundTrip)})
	must(t, err)
	t.Cleanup(func() { got.Close() })
	return got
}

// operations makes each call that asks the service, all at once, and returns
// their errors.
func operations(ctx context.Context, s core.Store) map[string]error {
	var (
		mu      sync.Mutex
		running sync.WaitGroup
		errs    = make(map[string]error)
	)
	for op, call := range map[string]func() error{
		"get":    func() error { _, err := s.Get(ctx, []string{"k"}); return err },
		"create": func() error { _, err := s.Put(ctx, []core.Record{{Key: "k", Value: []byte("v")}}); return err },
		"delete": func() error { _, err := s.Put(ctx, []core.Record{{Key: "k", Revision: "r"}}); return err },
		"due":    func() error { _, err := s.Due(ctx, "job/", noon(), 10); return err },
		"scan":   func() error { _, err := s.Due(ctx, "jo", noon(), 10); return err },
	} {
		running.Go(func() {
			err := call()
			mu.Lock()
			defer mu.Unlock()
			errs[op] = err
		})
	}
	running.Wait()
	return errs
}
