package core_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

// house is the whole way of an event, from the intake to the platform, for one
// media m. Its instances share the queue and the store, and nothing else. Time is
// the bubble's, and the provider's clock shows it.
type house struct {
	*shop

	t     *testing.T
	began time.Time
}

func newHouse(t *testing.T) *house {
	t.Helper()
	return &house{shop: newShop(&platform{}), t: t, began: time.Now()}
}

// instance is a process: an intake before the queue and a worker behind it.
type instance struct {
	*house
	*core.Intake

	kill func()
}

// start starts an instance whose clock is off by some time.
func (h *house) start(off time.Duration) instance {
	h.t.Helper()
	life, end := context.WithCancel(context.Background())
	s := &shop{
		platform: h.platform, clock: shifted{clock.System{}, off},
		seen: mortalQueue{h.queue, life}, books: dying{h.store, life},
	}
	stop := s.work(h.t, core.WorkerConfig{})
	narrow := core.Rule{On: []string{"StreamTranscodeComplete"}, Changed: true}
	all := core.Rule{On: []string{"TranscodeComplete", "FileUploadComplete", "SnapshotComplete", "AddLiveRecordVideoComplete"}}
	return instance{h, &core.Intake{
		Rules: rules(h.t, all, narrow), Handover: core.Enqueue{Queue: s.seen}, Clock: s.clock, Log: slog.New(slog.DiscardHandler),
	}, func() {
		end()
		stop()
	}}
}

// mortalQueue is a queue that a process reaches until its life ends.
type mortalQueue struct {
	core.Queue

	life context.Context
}

func (m mortalQueue) Settle(ctx context.Context, all []core.Settlement) error {
	if m.life.Err() != nil {
		return coded(core.Unavailable, "killed")
	}
	return m.Queue.Settle(ctx, all)
}

// happening is an event of the media m that the provider says happened at a time
// since the beginning.
type happening struct {
	kind   string
	at     time.Duration
	stream string // its definition, if it is one stream's
	change func(*events.Event)
}

// event is what the provider sends of it.
func (h *house) event(what happening) events.Event {
	e := events.Event{
		Provider: events.Aliyun, Type: what.kind, Kind: aliyun.Kind(what.kind), MediaID: "m",
		Time: h.began.Add(what.at), Status: events.Success, JobIDs: []string{what.kind + what.stream},
	}
	if what.stream != "" {
		e.Streams = []events.Stream{{Format: "mp4", Definition: what.stream, Status: events.Success}}
	}
	if what.change != nil {
		what.change(&e)
	}
	return e
}

// gets is a callback about an event, signed now, that is answered well.
func (i instance) gets(what happening) {
	i.t.Helper()
	i.getsSigned(what, time.Now())
}

func (i instance) getsSigned(what happening, signed time.Time) {
	i.t.Helper()
	taken, err := i.Take(i.t.Context(), i.event(what), signed)
	if err != nil || taken.Outcome.State != core.Queued {
		i.t.Fatalf("a callback is answered with %+v, %v", taken, err)
	}
}

// asks is a request by hand.
func (h *house) asks() {
	h.t.Helper()
	h.enqueue(h.t, core.NewMessage(tasks("m")[0], time.Now()))
}

// until lets the time since the beginning become d.
func (h *house) until(d time.Duration) { after(time.Until(h.began.Add(d))) }

const (
	s1       = time.Second
	uploaded = "FileUploadComplete"
	final    = "TranscodeComplete"
	stream   = "StreamTranscodeComplete"
	untimed  = "SnapshotComplete"
)

// slow is a platform that accepts after some time.
func slow(d time.Duration) func(context.Context, core.Batch) (core.Submission, error) {
	return func(_ context.Context, b core.Batch) (core.Submission, error) {
		time.Sleep(d)
		return accepted(b), nil
	}
}
