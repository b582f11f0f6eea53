package invocation_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/invocation"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	const status500 = `{"statusCode":500,"headers":{"Cache-Control":"no-store","Content-Type":"application/problem+json","X-Content-Type-Options":"nosniff"},"body":"{*an internal error; the log says more*`
	for name, test := range map[string]struct {
		function config.Function
		event    []byte
		want     string // what the answer begins with, up to a star, and contains
		kind     core.Kind
		wrong    string // part of the error
		log      string // part of the log
	}{
		"a request":                {config.Callback, ask("/echo", "é"), `{"statusCode":200,*"body":"é",*`, "", "", ""},
		"a panic":                  {config.Callback, ask("/panic", ""), status500, "", "", "panic=string"},
		"a panic to abort":         {config.Callback, ask("/abort", ""), status500, "", "", "panic=*errors.errorString"},
		"no Base64":                {config.Callback, []byte(`{"httpMethod":"POST","path":"/","body":"?","isBase64Encoded":true}`), `{"statusCode":400,"multiValueHeaders":{*said to be Base64*`, "", "", ""},
		"no method":                {config.Callback, []byte(`{"rawPath":"/","requestContext":{"http":{"method":"post it"}}}`), `{"statusCode":400,*the method is none*`, "", "", ""},
		"no path":                  {config.Callback, []byte(`{"httpMethod":"POST","path":"s3cret"}`), `{"statusCode":400,*does not begin with a slash*`, "", "", ""},
		"no path at all":           {config.Callback, []byte(`{"httpMethod":"POST"}`), `{"statusCode":400,*does not begin with a slash*`, "", "", ""},
		"a tick":                   {config.Refresh, []byte(`{"vodrefresh":"tick"}`), `null*`, "", "", ""},
		"a batch":                  {config.Refresh, batch("a", "b"), `{"batchItemFailures":[]}*`, "", "", "messages=2 failed=0"},
		"a batch with poison":      {config.Refresh, batch("a", "poison", "left", "later", "outage", "left"), `{"batchItemFailures":[{"itemIdentifier":"id-1"},{"itemIdentifier":"id-4"},{"itemIdentifier":"id-5"},{"itemIdentifier":"id-2"}]}*`, "", "", "error_kind=invalid"},
		"a batch of poison":        {config.Refresh, batch("poison", "later"), `{"batchItemFailures":[{"itemIdentifier":"id-0"}]}*`, "", "", "failed=1"},
		"a batch that explodes":    {config.Refresh, batch("a", "explode"), `{"batchItemFailures":[{"itemIdentifier":"id-0"},{"itemIdentifier":"id-1"}]}*`, "", "", "panic=string"},
		"a batch whose work fails": {config.Refresh, batch("a", "burst", "poison"), `{"batchItemFailures":[{"itemIdentifier":"id-0"},{"itemIdentifier":"id-1"},{"itemIdentifier":"id-2"}]}*`, "", "", "index out of range"},

		"a batch to callback":    {config.Callback, batch("a"), "", core.Invalid, "this deployment is FUNCTION=callback", ""},
		"a batch to credentials": {config.Credentials, batch("a"), "", core.Invalid, "this deployment is FUNCTION=credentials", ""},
		"a tick to callback":     {config.Callback, []byte(`{"vodrefresh":"tick"}`), "", core.Invalid, "which are for FUNCTION=refresh", ""},
		"nothing":                {config.Refresh, nil, "", core.Invalid, "not JSON", ""},
		"an unknown event":       {config.Refresh, []byte(`{"a":"s3cret"}`), "", core.Invalid, "of no kind that is known", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, test.function, nil)
			answer, err := b.Invoke(t.Context(), test.event)
			begin, part, _ := strings.Cut(test.want, "*")
			if !strings.HasPrefix(string(answer), begin) || !strings.Contains(string(answer), strings.TrimSuffix(part, "*")) {
				t.Errorf("answers %s, want %s", answer, test.want)
			}
			if core.KindOf(err) != test.kind || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("got %v, want %q", err, test.wrong)
			}
			if !strings.Contains(b.log.String(), test.log) {
				t.Errorf("the log has no %q: %s", test.log, b.log.String())
			}
			if text := b.log.String(); strings.Contains(text, "s3cret") || strings.Contains(string(answer), "written") {
				t.Errorf("shows too much: %s, %s", answer, text)
			}
			// The process stays.
			if _, err := b.Invoke(t.Context(), ask("/echo", "")); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestBatchIsWhole: what can be taken is worked on in one piece.
func TestBatchIsWhole(t *testing.T) {
	t.Parallel()
	b := setup(t, config.Refresh, nil)
	if _, err := b.Invoke(t.Context(), batch("c", "poison", "a", "left")); err != nil {
		t.Fatal(err)
	}
	if want := []string{"left", "a", "c"}; !slices.Equal(b.post.worked, want) {
		t.Errorf("worked on %q, want %q", b.post.worked, want)
	}
}

func TestTick(t *testing.T) {
	t.Parallel()
	b := setup(t, config.Refresh, nil)
	if _, err := b.Invoke(t.Context(), []byte(`{"detail-type":"Scheduled Event"}`)); err != nil || b.ticks != 1 {
		t.Errorf("%d ticks, %v", b.ticks, err)
	}
	out := errors.New("the queue is out")
	b = setup(t, config.Refresh, func(c *invocation.Config) { c.Tick = func(context.Context) error { return out } })
	if _, err := b.Invoke(t.Context(), []byte(`{"vodrefresh":"tick"}`)); !errors.Is(err, out) {
		t.Errorf("got %v", err)
	}
	b = setup(t, config.Refresh, func(c *invocation.Config) { c.Tick = func(context.Context) error { panic(out) } })
	if answer, err := b.Invoke(t.Context(), []byte(`{"vodrefresh":"tick"}`)); answer != nil || core.KindOf(err) != core.Internal || strings.Contains(err.Error(), "out") {
		t.Errorf("got %s, %v", answer, err)
	}
}

// TestTimeLeft: what works for Lambda ends before Lambda does, with time to finish,
// however little there is.
func TestTimeLeft(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ given, http, batch time.Duration }{
		{0, 0, 0},
		{15 * time.Minute, 15*time.Minute - time.Second, 15*time.Minute - 21*time.Second},
		{30 * time.Second, 29 * time.Second, 15 * time.Second},
		{3 * time.Second, 2400 * time.Millisecond, 1500 * time.Millisecond},
		{100 * time.Millisecond, 80 * time.Millisecond, 50 * time.Millisecond},
	} {
		t.Run(test.given.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var told time.Duration
				note := func(ctx context.Context) {
					if deadline, ok := ctx.Deadline(); ok {
						told = time.Until(deadline)
					}
				}
				b := setup(t, config.Refresh, func(c *invocation.Config) {
					c.Tick = func(ctx context.Context) error { note(ctx); return nil }
					c.Work = func(ctx context.Context, _ []core.Delivery) []core.Delivery { note(ctx); return nil }
				})
				ctx := t.Context()
				if test.given != 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, test.given)
					defer cancel()
				}
				for _, event := range [][]byte{[]byte(`{"vodrefresh":"tick"}`), batch("a")} {
					told = 0
					if _, err := b.Invoke(ctx, event); err != nil || told != test.batch {
						t.Errorf("%s: %s left, %v, want %s", event, told, err, test.batch)
					}
				}
				if test.given == 0 {
					return
				}
				began := time.Now()
				answer, err := b.Invoke(ctx, ask("/wait", ""))
				if took := time.Since(began); took != test.http || err != nil {
					t.Errorf("a request took %s, %v, want %s", took, err, test.http)
				}
				_ = answer // of the handler, or that it is late: both are right
			})
		})
	}
}

// TestLateWork: a batch and a tick that do not end in time are answered all the
// same, and everything comes again.
func TestLateWork(t *testing.T) {
	t.Parallel()
	b := setup(t, config.Refresh, func(c *invocation.Config) {
		c.Work = func(context.Context, []core.Delivery) []core.Delivery { select {} }
		c.Tick = func(context.Context) error { select {} }
	})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	answer, err := b.Invoke(ctx, batch("a", "poison"))
	if want := `{"batchItemFailures":[{"itemIdentifier":"id-0"},{"itemIdentifier":"id-1"}]}`; string(answer) != want || err != nil {
		t.Errorf("got %s, %v, want %s", answer, err, want)
	}
	if _, err := b.Invoke(ctx, []byte(`{"vodrefresh":"tick"}`)); core.KindOf(err) != core.Unavailable {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(b.log.String(), "no time is left for a batch") {
		t.Errorf("the log says %s", b.log.String())
	}
}

// TestLate: a request that takes too long is answered all the same.
func TestLate(t *testing.T) {
	t.Parallel()
	b := setup(t, config.Callback, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	answer, err := b.Invoke(ctx, ask("/forever", ""))
	if err != nil || !strings.Contains(string(answer), `"statusCode":503`) || !strings.Contains(string(answer), `"Retry-After":"1"`) {
		t.Errorf("got %s, %v", answer, err)
	}
	if !strings.Contains(b.log.String(), "path=/forever") {
		t.Errorf("the log says %s", b.log.String())
	}
}
