package dynamodb_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// TestEnsureTogether: several instances make one table.
func TestEnsureTogether(t *testing.T) {
	t.Parallel()
	emulator := emulatortest.DynamoDB(t)
	if _, err := open(t, emulator, dynamodb.Options{}).Get(t.Context(), []string{"k"}); core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "there is no such table") {
		t.Errorf("before it is made: %v", err)
	}
	var running sync.WaitGroup
	for range 5 {
		s := open(t, emulator, dynamodb.Options{})
		running.Go(func() {
			if err := s.Ensure(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	running.Wait()
	put(t, create(t, emulator), core.Record{Key: "k", Value: []byte("v")})
}

// TestEnsureElsewhere: nobody's account gets a table from here.
func TestEnsureElsewhere(t *testing.T) {
	t.Parallel()
	calls := new(service)
	if err := fake(t, calls).Ensure(t.Context()); core.KindOf(err) != core.Forbidden || calls.made() > 0 {
		t.Errorf("error %v after %d calls", err, calls.made())
	}
}

// TestEnsureAnswers: a table that is being made is waited for, and one that
// cannot be made is an error.
func TestEnsureAnswers(t *testing.T) {
	t.Parallel()
	status := func(s string) any { return map[string]any{"Table": map[string]any{"TableStatus": s}} }
	missing := emulatortest.Refusal{Code: "ResourceNotFoundException"}
	for name, test := range map[string]struct {
		answers []any
		kind    core.Kind
	}{
		"there":            {[]any{status("ACTIVE")}, ""},
		"made":             {[]any{missing, map[string]any{}, status("CREATING"), status("ACTIVE")}, ""},
		"made by another":  {[]any{missing, emulatortest.Refusal{Code: "ResourceInUseException"}, status("ACTIVE")}, ""},
		"not to be made":   {[]any{missing, emulatortest.Refusal{Code: "AccessDeniedException"}}, core.Forbidden},
		"not to be looked": {[]any{emulatortest.Refusal{Code: "AccessDeniedException"}}, core.Forbidden},
	} {
		left := test.answers
		s, err := dynamodb.Open(table, dynamodb.Options{
			Getenv: emulatortest.Environ("AWS_ENDPOINT_URL=http://localhost:4567"), Clock: clock.NewFake(noon()),
			Transport: emulatortest.Transport(func(emulatortest.Call) (any, error) {
				next := left[0]
				left = left[1:]
				return next, nil
			}),
		})
		must(t, err)
		if err := s.Ensure(t.Context()); core.KindOf(err) != test.kind || len(left) > 0 {
			t.Errorf("%s: %v with %d answers left", name, err, len(left))
		}
		must(t, s.Close())
	}
}
