package jetstream

import (
	"context"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Options say how a cluster is used.
type Options struct {
	// Replicas is how many servers keep each message: 1, 3 or 5. It counts when
	// a stream is made, and must not differ from what is there. Default: 1.
	Replicas int
	// Log hears of lost and regained connections. Default: nobody does.
	Log *slog.Logger
	// Clock says which records have expired and which leases have ended.
	// Default: the machine's.
	Clock clock.Clock
}

// Conn is a connection to a JetStream server or cluster, which a queue and a store
// may share. It finds its way back by itself when it is lost; meanwhile calls
// fail. It is safe for concurrent use.
type Conn struct {
	nats     *nats.Conn
	js       jetstream.JetStream
	replicas int
	clock    clock.Clock
	server   *Server // the embedded one; nil for a cluster
	disk     *disk   // of the embedded server; nil for a cluster
	replies  *replies
}

// Connect connects to a cluster by the URLs of its servers, with commas between:
// nats://host:4222, tls://user:password@host. No error text has the password in
// it. Kinds: Invalid for a URL or options that cannot be, Unauthenticated if the
// server refuses us, Unavailable if it cannot be reached.
func Connect(ctx context.Context, servers string, opts Options) (*Conn, error) {
	if wrong := checkOptions(servers, opts); len(wrong) > 0 {
		return nil, &core.Error{Kind: core.Invalid, Op: "connect to NATS", Message: "cannot be done", Fields: wrong}
	}
	if err := ctx.Err(); err != nil {
		return nil, failure("connect to NATS", err)
	}
	limit := patience
	if deadline, ok := ctx.Deadline(); ok { // the library takes a time and no context
		limit = min(limit, max(time.Millisecond, deadline.Sub(clock.System{}.Now())))
	}
	return connect(servers, opts, nats.Timeout(limit))
}

// checkOptions returns what is wrong. A URL is never quoted: it may have a
// password in it.
func checkOptions(servers string, opts Options) (wrong []core.FieldError) {
	for one := range strings.SplitSeq(servers, ",") {
		u, err := url.Parse(strings.TrimSpace(one))
		if err != nil || u.Host == "" || (u.Scheme != "nats" && u.Scheme != "tls") {
			wrong = append(wrong, core.FieldError{Field: "URL", Value: "***", Detail: "must be nats://host[:port] or tls://host[:port]"})
			break
		}
	}
	if r := opts.Replicas; r != 0 && r != 1 && r != 3 && r != 5 {
		wrong = append(wrong, core.FieldError{Field: "Replicas", Value: r, Detail: "must be 1, 3 or 5"})
	}
	return wrong
}

func connect(servers string, opts Options, settings ...nats.Option) (*Conn, error) {
	log := opts.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	settings = append(settings,
		nats.Name("vodrefresh"),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100*time.Millisecond),
		nats.ReconnectBufSize(-1), // a call fails rather than waits in a buffer that a crash would empty
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				log.Warn("NATS connection lost", "error", err.Error())
			}
		}),
		nats.ReconnectHandler(func(*nats.Conn) { log.Info("NATS connection is back") }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			log.Warn("NATS reports an error", "error", err.Error())
		}),
	)
	conn, err := nats.Connect(servers, settings...)
	if err != nil {
		return nil, failure("connect to NATS", err)
	}
	js, err := jetstream.New(conn)
	if err != nil {
		conn.Close()
		return nil, failure("connect to NATS", err)
	}
	answers, err := listen(conn)
	if err != nil {
		conn.Close()
		return nil, failure("connect to NATS", err)
	}
	conn.SetClosedHandler(func(*nats.Conn) { answers.stop() })
	c := &Conn{nats: conn, js: js, replicas: max(1, opts.Replicas), clock: opts.Clock, replies: answers}
	if c.clock == nil {
		c.clock = clock.System{}
	}
	return c, nil
}

// Close sends what is on its way and ends the connection.
func (c *Conn) Close() error {
	if c.nats.IsClosed() {
		return nil
	}
	err := c.nats.FlushTimeout(patience)
	c.nats.Close()
	return failure("close the connection to NATS", err)
}
