package sqs_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// operations makes each call that asks the service, all at once, and returns
// their errors.
func operations(ctx context.Context, q *sqs.Queue) map[string]error {
	d := core.Delivery{Message: message("a")}
	if held, err := q.Hold(ctx, body("a"), "handle"); err == nil {
		d = held
	}
	again := message("again")
	var (
		mu      sync.Mutex
		running sync.WaitGroup
		errs    = make(map[string]error)
	)
	for op, call := range map[string]func() error{
		"enqueue": func() error { return q.Enqueue(ctx, messages(1)) },
		"extend":  func() error { return q.Extend(ctx, []core.Delivery{d}) },
		"done":    func() error { return q.Settle(ctx, []core.Settlement{{Delivery: d}}) },
		"again":   func() error { return q.Settle(ctx, []core.Settlement{{Delivery: d, Again: &again}}) },
		"receive": func() error { _, err := q.Receive(ctx, 1, 0); return err },
		"depth":   func() error { _, err := q.Depth(ctx); return err },
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

// TestAnswers is the table of what the service's errors mean.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer any
		kind   core.Kind
		text   string
	}{
		"no queue":           {emulatortest.Refusal{Code: "QueueDoesNotExist"}, core.Unavailable, "there is no such queue (QueueDoesNotExist, request request-1)"},
		"no queue, older":    {emulatortest.Refusal{Code: "AWS.SimpleQueueService.NonExistentQueue"}, core.Unavailable, "there is no such queue"},
		"in flight":          {emulatortest.Refusal{Code: "OverLimit"}, core.Unavailable, "120,000"},
		"throttled":          {emulatortest.Refusal{Code: "RequestThrottled"}, core.Throttled, "too many calls right now"},
		"throttled, generic": {emulatortest.Refusal{Code: "ThrottlingException"}, core.Throttled, "too many calls right now"},
		"key throttled":      {emulatortest.Refusal{Code: "KmsThrottled"}, core.Throttled, "key service"},
		"key denied":         {emulatortest.Refusal{Code: "KmsAccessDenied"}, core.Forbidden, "key may not be used"},
		"key off":            {emulatortest.Refusal{Code: "KMS.DisabledException"}, core.Unavailable, "key cannot be used"},
		"denied": {
			emulatortest.Refusal{Status: http.StatusForbidden, Code: "AccessDeniedException", Message: "User: x is not authorized to perform: sqs:y"},
			core.Forbidden, "the service refuses: User: x is not authorized to perform: sqs:y (AccessDeniedException",
		},
		"signature": {
			emulatortest.Refusal{Status: http.StatusForbidden, Code: "SignatureDoesNotMatch", Message: "The canonical string was x-amz-security-token:" + emulatortest.Session},
			core.Unauthenticated, "the credentials are not accepted",
		},
		"told too much": {
			emulatortest.Refusal{Code: "Strange", Message: emulatortest.Key + " and " + emulatortest.Session + " of\n" + emulatortest.KeyID + strings.Repeat("x", 400)},
			core.Internal, "the service refuses: *** and *** of ***xxx",
		},
		"broken":          {emulatortest.Refusal{Status: http.StatusInternalServerError, Code: "InternalError"}, core.Unavailable, "not in order right now"},
		"broken, unknown": {emulatortest.Refusal{Status: http.StatusServiceUnavailable, Code: "Odd"}, core.Unavailable, "the service refuses"},
		"nobody":          {errors.New("connection of " + emulatortest.Key), core.Unavailable, "the service cannot be reached"},
		"not JSON":        {[]string{"what"}, core.Internal, "the service answers something else"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := fake(t, &service{answer: func(asked) any { return test.answer }}, sqs.Options{})
			for op, err := range operations(t.Context(), q) {
				if core.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.text) || !strings.HasPrefix(err.Error(), "sqs ") {
					t.Errorf("%s: %v of kind %s; want one of kind %s with %q", op, err, core.KindOf(err), test.kind, test.text)
				}
				discreet(t, err)
			}
		})
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, done := context.WithTimeout(t.Context(), -1)
	defer done()
	closed := fake(t, new(service), sqs.Options{})
	must(t, closed.Close())
	must(t, closed.Close())
	for name, test := range map[string]struct {
		ctx   context.Context
		q     *sqs.Queue
		cause error
		text  string
	}{
		"cancelled": {cancelled, fake(t, new(service), sqs.Options{}), context.Canceled, "the caller gave up"},
		"too late":  {late, fake(t, new(service), sqs.Options{}), context.DeadlineExceeded, "no answer in time"},
		"closed":    {t.Context(), closed, nil, "it is closed"},
	} {
		for op, err := range operations(test.ctx, test.q) {
			if core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), test.text) || test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("%s, %s: %v of kind %s, want %q", name, op, err, core.KindOf(err), test.text)
			}
		}
	}
}

// TestCloseWakes: who waits does not keep a queue from closing.
func TestCloseWakes(t *testing.T) {
	t.Parallel()
	waiting := make(chan struct{})
	q := open(t, remote, sqs.Options{Transport: emulatortest.Transport(func(c emulatortest.Call) (any, error) {
		close(waiting)
		<-c.Request.Context().Done()
		return nil, c.Request.Context().Err()
	})})
	ended := make(chan error)
	go func() {
		_, err := q.Receive(context.WithoutCancel(t.Context()), 1, 1<<40)
		ended <- err
	}()
	<-waiting
	must(t, q.Close())
	if err := <-ended; core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), "it is closed") {
		t.Errorf("who waited gets %v, want that it is closed", err)
	}
}
