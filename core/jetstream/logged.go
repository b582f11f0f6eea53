package jetstream

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// logged is the store of the embedded server, in one stream: Name_log. This process
// is the only one that has it, and all who open it here share it.
type logged struct {
	conn   *Conn // of who opened it
	ledger *ledger.Ledger
}

func (s logged) read(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := s.conn.gone("get"); err != nil {
		return nil, err
	}
	return s.ledger.Get(ctx, keys)
}

func (s logged) write(ctx context.Context, records []core.Record) ([]string, error) {
	if err := s.conn.gone("put"); err != nil {
		return nil, err
	}
	return s.ledger.Put(ctx, records)
}

func (s logged) list(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	if err := s.conn.gone("due"); err != nil {
		return nil, err
	}
	return s.ledger.Due(ctx, prefix, before, most)
}

// gone is an error once the connection is closed.
func (c *Conn) gone(op string) error {
	if c.nats.IsClosed() {
		return failure(op, nats.ErrConnectionClosed)
	}
	return nil
}

// ledgers are the stores of a server that are open, by their names. They are so
// until the server is closed.
type ledgers struct {
	mu   sync.Mutex
	conn *Conn // of their own: what they write has to come in order
	open map[string]*ledger.Ledger
}

// openLogged opens a store, or returns the one that is open.
func (s *Server) openLogged(ctx context.Context, conn *Conn, cfg StoreConfig) (keeper, error) {
	if err := conn.gone("open the store"); err != nil {
		return nil, err
	}
	s.ledgers.mu.Lock()
	defer s.ledgers.mu.Unlock()
	l := s.ledgers.open[cfg.Name]
	if l == nil {
		var err error
		if l, err = s.openLedger(ctx, cfg.Name); err != nil {
			return nil, err
		}
		s.ledgers.open[cfg.Name] = l
	}
	l.Limit(cfg.MaxBytes)
	return logged{conn, l}, nil
}

func (s *Server) openLedger(ctx context.Context, name string) (*ledger.Ledger, error) {
	if s.ledgers.conn == nil {
		conn, err := s.Connect()
		if err != nil {
			return nil, err
		}
		s.ledgers.conn, s.ledgers.open = conn, make(map[string]*ledger.Ledger)
	}
	conn := s.ledgers.conn
	if err := conn.refuseOld(ctx, name); err != nil {
		return nil, err
	}
	stream, err := conn.openLog(ctx, name)
	if err != nil {
		return nil, err
	}
	log, err := openJournal(ctx, conn, stream)
	if err != nil {
		return nil, err
	}
	return ledger.Open(ctx, ledger.Config{Log: log, Clock: conn.clock})
}

// openLog opens the stream of a store.
func (c *Conn) openLog(ctx context.Context, name string) (jetstream.Stream, error) {
	return c.openStream(ctx, jetstream.StreamConfig{
		Name:     name + "_log",
		Subjects: []string{name + ".log"},
		Discard:  jetstream.DiscardNew,
		MaxBytes: -1, // what is of no use counts as well; the ledger knows how much is in use
		// No limit, but with one the server's blocks are of 4 MiB and not of 8: it
		// reads whole ones, and keeps them in memory.
		MaxMsgsPerSubject: math.MaxInt64,
		AllowDirect:       true, // there is nobody else who could answer, and be late
	})
}

// refuseOld is an error if a store is as an earlier version kept it.
func (c *Conn) refuseOld(ctx context.Context, name string) error {
	for _, old := range []string{name + "_page", name + "_store"} {
		op := "open stream " + old
		switch _, err := c.js.Stream(ctx, old); {
		case err == nil:
			return core.Errorf(core.Invalid, "%s: it is of an earlier version of this program, and cannot be read: "+
				"let that version empty its queue, and then begin with an empty folder", op)
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return failure(op, err)
		}
	}
	return nil
}

// close waits for what is being written.
func (l *ledgers) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.conn == nil {
		return nil
	}
	var all []error
	for _, one := range l.open {
		all = append(all, one.Close())
	}
	return errors.Join(append(all, l.conn.Close())...)
}
