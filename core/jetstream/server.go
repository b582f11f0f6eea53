package jetstream

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Config says where and how the embedded server keeps its data.
type Config struct {
	// Dir is the folder for its files, made if it does not exist. One process
	// uses it at a time. Required.
	Dir string
	// Log hears the server: its warnings and errors, and the rest as debug.
	// Default: nobody does.
	Log *slog.Logger
	// Clock is the clock of the connections. Default: the machine's. The server
	// itself lives by the machine's clock.
	Clock clock.Clock
}

// Server is a JetStream server in this process, without a network. Make one with
// [Start].
type Server struct {
	nats *server.Server
	lock *os.File
	cfg  Config
	stop sync.Once

	ledgers ledgers
}

// starting is how long a server may take to read its files.
const starting = 5 * time.Minute

// Start starts a server and reads what it stored before. It is an error, and
// nothing is made anew, if something is there that cannot be read, if the folder
// cannot be written to, or if another process uses it. Kinds: Invalid for the
// folder, Internal for damage, Unavailable for the rest.
func Start(ctx context.Context, cfg Config) (*Server, error) { return start(ctx, cfg, listener{}) }

// listener is where a server listens: nowhere, but in tests.
type listener struct {
	port int
	with func(*server.Options)
}

func start(ctx context.Context, cfg Config, l listener) (*Server, error) {
	lock, err := claim(cfg.Dir)
	if err != nil {
		return nil, err
	}
	if err := check(cfg.Dir); err != nil {
		release(lock)
		return nil, err
	}
	s, err := run(ctx, cfg, l)
	if err != nil {
		release(lock)
		return nil, err
	}
	s.lock = lock
	return s, nil
}

func run(ctx context.Context, cfg Config, l listener) (*Server, error) {
	opts := &server.Options{
		ServerName: "vodrefresh",
		DontListen: l.port == 0,
		Host:       "127.0.0.1",
		Port:       l.port,
		JetStream:  true,
		StoreDir:   cfg.Dir,
		// What a queue stores is synced before it is acknowledged, together for all
		// who wait (see disk); the server would sync message by message, and each
		// acknowledgement as well. The rest is synced this often.
		SyncInterval: time.Second,
		// The queue has a limit of its own; the server's would be a share of what
		// was free at its start, what it holds itself not counted.
		JetStreamMaxStore:      1 << 60,
		JetStreamMaxMemory:     16 << 20, // nothing is kept in memory
		DisableJetStreamBanner: true,
		NoSigs:                 true,
		NoSystemAccount:        false,
	}
	if l.with != nil {
		l.with(opts)
	}
	inner, err := server.NewServer(opts)
	if err != nil {
		return nil, core.Errorf(core.Invalid, "start the NATS server: %v", err)
	}
	log := newLog(cfg.Log)
	inner.SetLoggerV2(log, cfg.Log != nil && cfg.Log.Enabled(ctx, slog.LevelDebug), false, false)
	s := &Server{nats: inner, cfg: cfg}
	ready := make(chan bool, 1)
	go func() {
		inner.Start()
		ready <- log.fatal() == "" && inner.ReadyForConnections(starting)
	}()
	select {
	case <-ctx.Done():
		inner.Shutdown()
		<-ready
		inner.WaitForShutdown()
		return nil, failure("start the NATS server", ctx.Err())
	case ok := <-ready:
		if !ok {
			inner.Shutdown()
			inner.WaitForShutdown()
			return nil, core.Errorf(core.Unavailable, "start the NATS server in %s: %s", cfg.Dir, cmp.Or(log.fatal(), "it does not get ready"))
		}
	}
	if err := s.Health(); err != nil {
		inner.Shutdown()
		inner.WaitForShutdown()
		return nil, core.Errorf(core.Internal, "start the NATS server in %s: %v", cfg.Dir, err)
	}
	return s, nil
}

// Health is an error of kind Internal if what is stored cannot be read, or could
// not be written: a full disk, say. The server then has to be started again.
//
// On a busy machine the server may say that it is not ready although it is: it
// gives itself a millisecond to look. It is asked again then.
func (s *Server) Health() error {
	const questions = 20
	var last string
	for range questions {
		if last = s.nats.Healthz(nil).Error; last == "" {
			return nil
		}
	}
	return core.Errorf(core.Internal, "the NATS server is not well: %s", last)
}

// Connect returns a connection that goes through memory.
func (s *Server) Connect() (*Conn, error) {
	conn, err := connect("", Options{Log: s.cfg.Log, Clock: s.cfg.Clock}, nats.InProcessServer(s.nats))
	if err != nil {
		return nil, err
	}
	conn.server, conn.disk = s, newDisk(s.cfg.Dir)
	return conn, nil
}

// Close writes everything to the disk, ends the server, notes what its files are
// and gives the folder free. Connections should be closed before.
func (s *Server) Close() error {
	var err error
	s.stop.Do(func() {
		err = s.ledgers.close()
		s.nats.Shutdown()
		s.nats.WaitForShutdown()
		err = errors.Join(err, testify(s.cfg.Dir))
		release(s.lock)
	})
	return err
}

// claim makes the folder and takes it for this process, until release.
func claim(dir string) (*os.File, error) {
	if dir == "" {
		return nil, &core.Error{Kind: core.Invalid, Op: "start the NATS server", Fields: []core.FieldError{
			{Field: "Dir", Value: dir, Detail: "must be a folder"},
		}}
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, core.Errorf(core.Invalid, "data folder: cannot be made: %v", err)
	}
	file, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // the operator's own folder
	if err != nil {
		return nil, core.Errorf(core.Invalid, "data folder: cannot be written to: %v", err)
	}
	if err := probe(file); err != nil {
		_ = file.Close() // it is the probe that failed
		return nil, core.Errorf(core.Invalid, "data folder %s: cannot be written to: %v", dir, err)
	}
	if err := lockFile(file); err != nil {
		_ = file.Close() // it is the lock that failed
		return nil, core.Errorf(core.Invalid, "data folder %s: another process uses it: %v", dir, err)
	}
	return file, nil
}

// probe finds out whether there is room for what a server writes at its start.
func probe(file *os.File) error {
	const room = 1 << 20
	if _, err := file.WriteAt(make([]byte, room), 0); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := file.Truncate(0); err != nil {
		return fmt.Errorf("after the test: %w", err)
	}
	return nil
}

// release gives the folder free.
func release(lock *os.File) { _ = lock.Close() } // closing unlocks
