package jetstream_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
	"github.com/vodrefresh/vodrefresh/core/queuetest"
	"github.com/vodrefresh/vodrefresh/core/storetest"
)

// cluster is three servers in this process, joined over the loopback.
type cluster struct {
	options []*server.Options

	mu      sync.Mutex
	servers []*server.Server
	next    int // the server to be restarted next
}

// startCluster starts a cluster that ends with the test.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	const size = 3
	c := &cluster{servers: make([]*server.Server, size)}
	var routes []string
	for i := range size {
		route := freePort(t)
		routes = append(routes, fmt.Sprintf("nats://127.0.0.1:%d", route))
		c.options = append(c.options, &server.Options{
			ServerName: fmt.Sprintf("n%d", i), Host: "127.0.0.1", Port: freePort(t),
			JetStream: true, StoreDir: t.TempDir(), JetStreamMaxStore: 1 << 40,
			Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: route},
			NoLog:   true, NoSigs: true,
		})
	}
	for i, o := range c.options {
		o.Routes = server.RoutesFromStr(strings.Join(routes, ","))
		c.start(t, i)
	}
	t.Cleanup(func() {
		for i := range c.servers {
			c.stop(i)
		}
	})
	return c
}

func (c *cluster) start(t *testing.T, i int) {
	t.Helper()
	s, err := server.NewServer(c.options[i].Clone())
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.servers[i] = s
}

func (c *cluster) stop(i int) {
	c.mu.Lock()
	s := c.servers[i]
	c.mu.Unlock()
	s.Shutdown()
	s.WaitForShutdown()
}

// restart takes one server away, lets the others go on for a while, and brings it
// back.
func (c *cluster) restart(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	i := c.next
	c.next = (i + 1) % len(c.servers)
	c.mu.Unlock()
	c.stop(i)
	time.Sleep(50 * time.Millisecond) // the time that it is away, not a wait for anything
	c.start(t, i)
	c.ready(t)
}

// ready waits until the cluster has all its members again, as before a second
// server may go.
func (c *cluster) ready(t *testing.T) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for deadline := time.Now().Add(60 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		well := 0
		for _, s := range c.servers {
			if s.Healthz(nil).Error == "" {
				well++
			}
		}
		if well == len(c.servers) {
			return
		}
	}
	t.Error("the cluster does not get well")
}

func (c *cluster) url() string {
	urls := make([]string, len(c.options))
	for i, o := range c.options {
		urls[i] = fmt.Sprintf("nats://127.0.0.1:%d", o.Port)
	}
	return strings.Join(urls, ",")
}

// connect waits until the cluster is there.
func (c *cluster) connect(t *testing.T) *jetstream.Conn {
	t.Helper()
	return connect(t, c.url(), jetstream.Options{Replicas: 3})
}

// clusters gives each check of a suite a cluster: one of its own if a server is
// going to be restarted, one for all the others.
func clusters(t *testing.T) func(t *testing.T) *cluster {
	t.Helper()
	shared := startCluster(t)
	shared.ready(t)
	return func(t *testing.T) *cluster {
		t.Helper()
		if !strings.Contains(t.Name(), "crash") {
			return shared
		}
		own := startCluster(t)
		own.ready(t)
		return own
	}
}

// streamName makes a name for streams of a test's name.
func streamName(t *testing.T) string {
	t.Helper()
	_, name, _ := strings.Cut(t.Name(), "/")
	return strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' {
			return r
		}
		return '_'
	}, name)
}

func TestQueueOnCluster(t *testing.T) {
	t.Parallel()
	of := clusters(t)
	queuetest.Run(t, func(t *testing.T) queuetest.Harness {
		t.Helper()
		c := of(t)
		cfg := jetstream.QueueConfig{Name: streamName(t), Lease: lease}
		return queuetest.Harness{
			Lease: lease,
			Open:  func(t *testing.T) core.Queue { t.Helper(); return openQueue(t, c.connect(t), cfg) },
			Crash: c.restart,
		}
	})
}

func TestStoreOnCluster(t *testing.T) {
	t.Parallel()
	of := clusters(t)
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		t.Helper()
		c := of(t)
		cfg := jetstream.StoreConfig{Name: streamName(t)}
		return storetest.Harness{
			Open:  func(t *testing.T) core.Store { t.Helper(); return openStore(t, c.connect(t), cfg) },
			Crash: c.restart,
		}
	})
}
