package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/engine/onaws"
	"github.com/vodrefresh/vodrefresh/functions/engine/onnats"
	"github.com/vodrefresh/vodrefresh/functions/engine/onredis"
)

// bench is an engine that notes what is done with it, and fails where it is told
// to.
type bench struct {
	events []string
	fails  map[string]error // by event
	given  core.Store       // to the queue
	clock  clock.Clock      // that was passed on
}

func (b *bench) note(event string) error {
	b.events = append(b.events, event)
	return b.fails[event]
}

// driver is the bench as the driver of redis: and nats:.
func (b *bench) driver() engine.Driver {
	return engine.Driver{Schemes: []string{"redis:", "nats:"}, Connect: func(_ context.Context, _ config.Config, url config.URL, o engine.Options) (engine.Server, error) {
		b.clock = o.Clock
		return benchServer{b, url.Scheme()}, b.note("connect " + url.Scheme())
	}}
}

type benchServer struct {
	*bench

	name string
}

func (s benchServer) Queue(_ context.Context, store core.Store) (core.Queue, error) {
	s.given = store
	return benchQueue{memory.NewQueue(memory.Config{}), s.bench}, s.note("queue " + s.name)
}

func (s benchServer) Store(context.Context) (core.Store, error) {
	return benchStore{memory.NewStore(nil), s.bench}, s.note("store " + s.name)
}

func (s benchServer) Health() error { return s.fails["health "+s.name] }
func (s benchServer) Close() error  { return s.note("close " + s.name) }

type benchQueue struct {
	core.Queue

	bench *bench
}

func (q benchQueue) Close() error { return q.bench.note("close queue") }

type benchStore struct {
	core.Store

	bench *bench
}

func (s benchStore) Close() error { return s.bench.note("close store") }

// TestOrder: the store is there before the queue, which may want one, and what was
// opened last is closed first, also where something is wrong.
func TestOrder(t *testing.T) {
	t.Parallel()
	const one, other = "redis://a", "nats://b"
	wrong := core.Errorf(core.Unavailable, "out")
	plain := errors.New("plain")
	for name, c := range map[string]struct {
		queue, store string
		fails        map[string]error
		want         []string // events
		says         string   // empty: it opens, and is closed
		kind         core.Kind
	}{
		"one server": {
			one, one, nil,
			[]string{"connect redis:", "store redis:", "queue redis:", "close queue", "close store", "close redis:"},
			"", "",
		},
		"two servers": {
			one, other, nil,
			[]string{"connect nats:", "store nats:", "connect redis:", "queue redis:", "close queue", "close redis:", "close store", "close nats:"},
			"", "",
		},
		"no store": {one, "none:", nil, []string{"connect redis:", "queue redis:", "close queue", "close redis:"}, "", ""},
		"no queue": {"direct:", other, nil, []string{"connect nats:", "store nats:", "close store", "close nats:"}, "", ""},
		"nothing":  {"direct:", "none:", nil, nil, "", ""},
		"no connection": {
			one, other,
			map[string]error{"connect redis:": wrong},
			[]string{"connect nats:", "store nats:", "connect redis:", "close store", "close nats:"},
			"QUEUE_URL=redis://a: out", core.Unavailable,
		},
		"no store to be had": {one, one, map[string]error{"store redis:": wrong}, []string{"connect redis:", "store redis:", "close redis:"}, "STORE_URL=redis://a: out", core.Unavailable},
		"no queue to be had": {
			one, one,
			map[string]error{"queue redis:": plain},
			[]string{"connect redis:", "store redis:", "queue redis:", "close store", "close redis:"},
			"QUEUE_URL=redis://a: plain", core.KindOf(plain),
		},
		"and closing fails": {
			one, one,
			map[string]error{"queue redis:": wrong, "close store": plain},
			[]string{"connect redis:", "store redis:", "queue redis:", "close store", "close redis:"},
			"plain", core.Unavailable,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, now := &bench{fails: c.fails}, clock.NewFake(clock.System{}.Now())
			e, err := engine.Open(t.Context(), load(t, c.queue, c.store), engine.Options{Clock: now}, onaws.Driver(), b.driver())
			if c.says == "" {
				if err != nil {
					t.Fatal(err)
				}
				if c.queue != "direct:" && b.given != e.Store {
					t.Errorf("the queue got the store %v, want %v", b.given, e.Store)
				}
				if err := errors.Join(e.Close(), e.Close()); err != nil {
					t.Error(err)
				}
			} else if core.KindOf(err) != c.kind || !strings.Contains(err.Error(), c.says) || e != nil {
				t.Errorf("got %v of kind %q, want %q of kind %q", err, core.KindOf(err), c.says, c.kind)
			}
			if !slices.Equal(b.events, c.want) {
				t.Errorf("got  %q\nwant %q", b.events, c.want)
			}
			if len(c.want) > 0 && b.clock != clock.Clock(now) {
				t.Error("the clock was not passed on")
			}
		})
	}
}

// One engine that cannot be used any more is enough, and all errors of a closing
// are told.
func TestOneServerIsOut(t *testing.T) {
	t.Parallel()
	lost, left, stuck := errors.New("disk lost"), errors.New("store left open"), errors.New("server stuck")
	b := &bench{fails: map[string]error{"health nats:": lost, "close store": left, "close redis:": stuck}}
	e, err := engine.Open(t.Context(), load(t, "redis://a", "nats://b"), engine.Options{}, b.driver())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Health(); !errors.Is(err, lost) {
		t.Errorf("health: %v", err)
	}
	if err := e.Close(); !errors.Is(err, left) || !errors.Is(err, stuck) {
		t.Errorf("closing: %v", err)
	}
}

// A program has the drivers that it names and no others; configurations with
// another scheme are refused long before, but for a mistake of a main's.
func TestASchemeThatNoDriverHas(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		queue, store string
		drivers      []engine.Driver
		says         string
	}{
		"none at all":       {"direct:", "embedded:", nil, "STORE_URL=embedded: embedded: is not built in"},
		"queue on NATS":     {"nats://me:" + password + "@a", "none:", []engine.Driver{onredis.Driver(), onaws.Driver()}, "QUEUE_URL=nats://a: nats: is not built in"},
		"store on Redis":    {"direct:", "rediss://:" + password + "@a/1", []engine.Driver{onnats.Driver()}, "STORE_URL=rediss://a/1: rediss: is not built in"},
		"queue on SQS":      {"sqs://host/123456789012/vod", "none:", []engine.Driver{onredis.Driver()}, "QUEUE_URL=sqs://host/123456789012/vod: sqs: is not built in"},
		"store on DynamoDB": {"direct:", "dynamodb://vod", []engine.Driver{onnats.Driver()}, "STORE_URL=dynamodb://vod: dynamodb: is not built in"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, err := engine.Open(t.Context(), load(t, c.queue, c.store), engine.Options{}, c.drivers...)
			if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), password) || e != nil {
				t.Errorf("got %v, want %s", err, c.says)
			}
		})
	}
}
