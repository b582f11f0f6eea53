package invocation_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/invocation"
)

// handle is the receipt of a made-up queue.
type handle struct{ text string }

// post is a queue and what works on it: it does what the bodies of messages say.
type post struct {
	mu     sync.Mutex
	worked []string // bodies, as they were submitted
}

func (p *post) Adopt(_ context.Context, body, receipt string, count int) (core.Delivery, error) {
	switch body {
	case "poison":
		return core.Delivery{}, core.Errorf(core.Invalid, "it cannot be read")
	case "later":
		return core.Delivery{}, core.Errorf(core.NotReady, "it is not due")
	case "outage":
		return core.Delivery{}, core.Errorf(core.Unavailable, "the queue is out")
	case "explode":
		panic("s3cret")
	}
	return core.Delivery{Message: core.Message{Task: core.Task{ID: body}}, Attempt: count, Receipt: handle{receipt}}, nil
}

// Work leaves what is to be left, the last of it first.
func (p *post) Work(_ context.Context, deliveries []core.Delivery) (left []core.Delivery) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, d := range slices.Backward(deliveries) {
		p.worked = append(p.worked, d.Message.Task.ID)
		switch d.Message.Task.ID {
		case "left":
			left = append(left, d)
		case "burst":
			var none []int
			_ = none[len(deliveries)]
		}
	}
	return left
}

// bench is a handler with its log.
type bench struct {
	*invocation.Handler

	post  *post
	ticks int
	log   record
}

// record is a log that several goroutines write.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.String()
}

// setup makes a handler of a function; change may be nil.
func setup(t *testing.T, function config.Function, change func(*invocation.Config)) *bench {
	t.Helper()
	b := &bench{post: &post{}}
	cfg := invocation.Config{
		Function: function, HTTP: http.HandlerFunc(serve), Queue: b.post, Work: b.post.Work,
		Tick:  func(context.Context) error { b.ticks++; return nil },
		Clock: clock.System{}, Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	}
	if change != nil {
		change(&cfg)
	}
	b.Handler = invocation.New(cfg)
	return b
}

// serve does what the path says.
func serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/panic":
		w.Header().Set("Half", "written")
		panic("s3cret")
	case "/abort":
		panic(http.ErrAbortHandler)
	case "/wait":
		<-r.Context().Done()
	case "/forever":
		select {}
	default:
		_, _ = io.Copy(w, r.Body)
	}
}

// batch is an event of SQS with messages of these bodies, whose IDs are id-0,
// id-1, and so on.
func batch(bodies ...string) []byte {
	var b strings.Builder
	b.WriteString(`{"Records":[`)
	for i, body := range bodies {
		if i > 0 {
			b.WriteString(",")
		}
		n := string(rune('0' + i))
		b.WriteString(`{"eventSource":"aws:sqs","messageId":"id-` + n + `","receiptHandle":"handle-` + n + `","body":"` + body + `","attributes":{"ApproximateReceiveCount":"2"}}`)
	}
	b.WriteString(`]}`)
	return []byte(b.String())
}

// ask is an event of a Function URL.
func ask(path, body string) []byte {
	return []byte(`{"version":"2.0","rawPath":"` + path + `","body":"` + body + `","requestContext":{"http":{"method":"POST"}}}`)
}
