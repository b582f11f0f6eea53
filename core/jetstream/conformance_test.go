package jetstream_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
	"github.com/vodrefresh/vodrefresh/core/queuetest"
	"github.com/vodrefresh/vodrefresh/core/storetest"
)

const lease = time.Second

func openQueue(t *testing.T, conn *jetstream.Conn, cfg jetstream.QueueConfig) *jetstream.Queue {
	t.Helper()
	q, err := jetstream.OpenQueue(t.Context(), conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func openStore(t *testing.T, conn *jetstream.Conn, cfg jetstream.StoreConfig) *jetstream.Store {
	t.Helper()
	s, err := jetstream.OpenStore(t.Context(), conn, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestQueueOnOneServer(t *testing.T) {
	t.Parallel()
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		t.Helper()
		if !strings.Contains(t.Name(), "crash") {
			s := startServer(t, jetstream.Config{})
			return queuetest.Harness{Lease: lease, Open: func(t *testing.T) core.Queue {
				t.Helper()
				return openQueue(t, inProcess(t, s), jetstream.QueueConfig{Lease: lease})
			}}
		}
		p := startProcess(t)
		return queuetest.Harness{
			Lease: lease,
			Open: func(t *testing.T) core.Queue {
				t.Helper()
				return openQueue(t, p.connect(t), jetstream.QueueConfig{Lease: lease})
			},
			Crash: p.crash,
		}
	})
}

// TestStoreInTheProcess is about the embedded server's own store.
func TestStoreInTheProcess(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		t.Helper()
		if !strings.Contains(t.Name(), "crash") {
			s := startServer(t, jetstream.Config{})
			return storetest.Harness{Open: func(t *testing.T) core.Store {
				t.Helper()
				return openStore(t, inProcess(t, s), jetstream.StoreConfig{})
			}}
		}
		p := startProcess(t)
		return storetest.Harness{
			Open:  func(t *testing.T) core.Store { t.Helper(); return p.borrow(t) },
			Crash: p.crash,
		}
	})
}

// TestStoreOnOneServer is about the store of a cluster, of one server.
func TestStoreOnOneServer(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		t.Helper()
		p := startProcess(t)
		return storetest.Harness{
			Open: func(t *testing.T) core.Store {
				t.Helper()
				return openStore(t, p.connect(t), jetstream.StoreConfig{Name: "shared"})
			},
			Crash: p.crash,
		}
	})
}

// startServer starts an embedded server that ends with the test.
func startServer(t *testing.T, cfg jetstream.Config) *jetstream.Server {
	t.Helper()
	if cfg.Dir == "" {
		cfg.Dir = t.TempDir()
	}
	s, err := jetstream.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// inProcess connects to an embedded server until the test ends.
func inProcess(t *testing.T, s *jetstream.Server) *jetstream.Conn {
	t.Helper()
	conn, err := s.Connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	})
	return conn
}
