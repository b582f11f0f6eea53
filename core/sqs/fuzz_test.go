package sqs_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// FuzzOpen: a queue's URL is accepted or is invalid, and what may be a password
// is not repeated.
func FuzzOpen(f *testing.F) {
	for _, text := range []string{remote, remote + ".fifo", "sqs://127.0.0.1:4566/000000000000/vod", "sqs://u:p@h/000000000000/vod", "sqs://%zz", "SQS://h/"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q, err := sqs.Open(text, sqs.Options{Getenv: emulatortest.Environ()})
		if err != nil {
			u, parsed := url.Parse(text)
			if core.KindOf(err) != core.Invalid || (parsed != nil || u.User != nil) && !strings.Contains(err.Error(), "***") {
				t.Errorf("%q: %v of kind %s", text, err, core.KindOf(err))
			}
			return
		}
		if u, err := url.Parse(text); err != nil || u.Scheme != "sqs" || u.User != nil || u.RawQuery != "" {
			t.Errorf("%q is accepted", text)
		}
		_ = q.Close()
	})
}

// FuzzAdopt: whatever lies in the queue becomes a delivery, goes back because it
// is not due, or is left where it is.
func FuzzAdopt(f *testing.F) {
	for _, text := range []string{"", "{}", "null", "[]", body("a"), `{"v":2}`, `{"v":1,"due":"2099-01-01T00:00:00Z"}`, "\xff\uFFFF"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := &service{clock: clock.NewFake(noon())}
		q := fake(t, s, sqs.Options{Store: memory.NewStore(s.clock)})
		d, err := q.Adopt(t.Context(), text, "handle", 1)
		letters, deadErr := q.Dead(t.Context(), 10)
		must(t, deadErr)
		switch kind := core.KindOf(err); {
		case err == nil && (d.Message.Version > core.MessageVersion || len(letters) > 0):
			t.Errorf("%q became %+v and %v", text, d, letters)
		case err != nil && kind != core.Invalid && kind != core.NotReady:
			t.Errorf("%q: %v of kind %s", text, err, kind)
		case kind == core.Invalid && len(s.operations())+len(letters) > 0:
			t.Errorf("%q: %v after %v, with dead letters %v", text, err, s.operations(), letters)
		}
	})
}
