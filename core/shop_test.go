package core_test

import (
	"context"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// shop is a queue with workers on it, a platform behind them and a store beside,
// inside a bubble.
type shop struct {
	queue    *memory.Queue
	store    *memory.Store
	platform *platform

	// What the workers get; what is nil has its default.
	seen     core.Queue // the queue as they see it
	books    core.Store // the store as they see it
	pace     core.Pacer
	others   map[events.Provider]*core.Refresher
	follow   core.Tracker
	spending *core.Spending
	clock    clock.Clock
	daily    int

	mu      sync.Mutex
	tracked []core.Message
}

func newShop(p *platform) *shop {
	s := &shop{queue: memory.NewQueue(memory.Config{}), store: memory.NewStore(nil), platform: p, clock: clock.System{}}
	s.seen, s.books, s.follow = s.queue, s.store, s
	return s
}

// Track remembers what the workers had followed.
func (s *shop) Track(_ context.Context, messages []core.Message, _ []core.Outcome, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracked = append(s.tracked, messages...)
	return nil
}

// submitter is what a worker submits with.
func (s *shop) submitter(cfg core.SubmitterConfig) *core.Submitter {
	cfg.Refreshers = map[events.Provider]*core.Refresher{events.Aliyun: core.NewRefresher(core.RefresherConfig{
		Provider: s.platform, Retry: core.Retry{Calls: 2}, Pace: s.pace,
	})}
	maps.Copy(cfg.Refreshers, s.others)
	cfg.Coverage = core.NewCoverage(core.CoverageConfig{Store: s.books, Skew: skew, Lease: 40 * time.Second, Clock: s.clock, Daily: s.daily})
	cfg.Follow, cfg.Spending, cfg.Clock = s.follow, s.spending, s.clock
	return core.NewSubmitter(cfg)
}

// work runs a worker until the test ends, or the returned function is called.
func (s *shop) work(t *testing.T, cfg core.WorkerConfig) (stop func()) {
	t.Helper()
	cfg.Queue, cfg.Submitter, cfg.Clock = s.seen, s.submitter(core.SubmitterConfig{Log: cfg.Log}), s.clock
	return run(t, core.NewWorker(cfg).Run)
}

// enqueue puts messages into the queue.
func (s *shop) enqueue(t *testing.T, messages ...core.Message) {
	t.Helper()
	if err := s.queue.Enqueue(t.Context(), messages); err != nil {
		t.Fatal(err)
	}
}

// put enqueues a message for each media, about events of this second.
func (s *shop) put(t *testing.T, media ...string) {
	t.Helper()
	all := make([]core.Message, len(media))
	for i, id := range media {
		all[i] = message(id, time.Now())
	}
	s.enqueue(t, all...)
}

// elsewhere another worker reserves media, about events of this second.
func (s *shop) elsewhere(t *testing.T, lease time.Duration, media ...string) (*core.Coverage, []core.Reservation) {
	t.Helper()
	var all []core.Message
	for _, id := range media {
		all = append(all, message(id, time.Now()))
	}
	coverage := core.NewCoverage(core.CoverageConfig{Store: s.store, Skew: skew, Lease: lease, Clock: s.clock})
	reservations, err := coverage.Reserve(t.Context(), all)
	if err != nil {
		t.Fatal(err)
	}
	return coverage, reservations
}

// cover enqueues a message for each media that another worker has submitted.
func (s *shop) cover(t *testing.T, media ...string) {
	t.Helper()
	s.put(t, media...)
	coverage, reservations := s.elsewhere(t, lease, media...)
	if err := coverage.Commit(t.Context(), reservations, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// message is about an event of the second of at, received then.
func message(id string, at time.Time) core.Message {
	m := core.NewMessage(tasks(id)[0], at)
	m.Task.Event, m.Task.EventTime, m.Task.Identity = "TranscodeComplete", at.Truncate(time.Second), "identity-"+id+at.String()
	return m
}

// left is how much is in the queue.
func (s *shop) left(t *testing.T) core.Depth {
	t.Helper()
	depth, err := s.queue.Depth(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return depth
}

// dead are the dead letters.
func (s *shop) dead(t *testing.T) []core.DeadLetter {
	t.Helper()
	letters, err := s.queue.Dead(context.Background(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	return letters
}

// sizes are how many targets each call had.
func (s *shop) sizes() []int {
	var sizes []int
	for _, b := range s.platform.submitted() {
		sizes = append(sizes, len(b.IDs))
	}
	return sizes
}

// calls are the calls in words: the task type, the definitions if they are not
// all, and the targets.
func (s *shop) calls() []string {
	var all []string
	for _, b := range s.platform.submitted() {
		words := []string{string(b.Options.TaskType)}
		if b.Options.Definitions != "" {
			words = append(words, string(b.Options.Definitions))
		}
		all = append(all, strings.Join(append(words, b.IDs...), " "))
	}
	return all
}

// outage is a store that is out for some time.
type outage struct {
	core.Store

	mu    sync.Mutex
	out   bool
	tried int // calls while it was out
}

func (o *outage) set(out bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.out = out
}

func (o *outage) err() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.out {
		o.tried++
		return coded(core.Unavailable, "out")
	}
	return nil
}

func (o *outage) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := o.err(); err != nil {
		return nil, err
	}
	return o.Store.Get(ctx, keys)
}

func (o *outage) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := o.err(); err != nil {
		return nil, err
	}
	return o.Store.Put(ctx, records)
}

func (o *outage) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	if err := o.err(); err != nil {
		return nil, err
	}
	return o.Store.Due(ctx, prefix, before, most)
}
