package jetstream

import (
	"cmp"
	"context"
	"sync/atomic"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// StoreConfig says which store is opened. All processes that share a store have
// to agree on it.
type StoreConfig struct {
	// Name begins the names of its stream and subjects: letters, digits, - and _,
	// at most 64. Default: [DefaultName].
	Name string
	// MaxBytes is what the records take at most, the index not counted; more is
	// refused as Unavailable. A change needs room for the new beside the old. The
	// files of the embedded server may take twice as much and 72 MiB more, before
	// what is of no use is removed. Default: as much as the server has room for.
	MaxBytes int64
}

// Store is a [core.Store]: on the embedded server one of this process alone, and on
// a cluster one that several share. Make one with [OpenStore].
type Store struct {
	keeper keeper
	closed atomic.Bool
}

var _ core.Store = (*Store)(nil)

// keeper does the work of a store.
type keeper interface {
	read(ctx context.Context, keys []string) ([]core.Record, error)
	write(ctx context.Context, records []core.Record) ([]string, error)
	list(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error)
}

// OpenStore opens a store, and makes its streams if they do not exist. Kinds:
// Invalid for a configuration that cannot be, or a stream that is there and
// differs; Unavailable if the servers are not; Internal for damage.
func OpenStore(ctx context.Context, conn *Conn, cfg StoreConfig) (*Store, error) {
	cfg.Name = cmp.Or(cfg.Name, DefaultName)
	wrong := checkName(cfg.Name)
	if cfg.MaxBytes < 0 {
		wrong = append(wrong, core.FieldError{Field: "MaxBytes", Value: cfg.MaxBytes, Detail: "must be 0 (no limit) or more"})
	}
	if len(wrong) > 0 {
		return nil, &core.Error{Kind: core.Invalid, Op: "open the store", Message: "cannot be done", Fields: wrong}
	}
	open := openPaged
	if conn.server != nil {
		open = conn.server.openLogged
	}
	k, err := open(ctx, conn, cfg)
	if err != nil {
		return nil, err
	}
	return &Store{keeper: k}, nil
}

// Get reads records, in the order of their keys.
func (s *Store) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := core.CheckKeys(keys); err != nil {
		return nil, err
	}
	if err := s.enter(ctx, "get"); err != nil {
		return nil, err
	}
	return s.keeper.read(ctx, keys)
}

// Put writes each record whose revision is still that of the store.
func (s *Store) Put(ctx context.Context, records []core.Record) ([]string, error) {
	if err := core.CheckRecords(records); err != nil {
		return nil, err
	}
	if err := s.enter(ctx, "put"); err != nil {
		return nil, err
	}
	return s.keeper.write(ctx, records)
}

// Due lists up to most records whose key begins with prefix and that are due, the
// earliest first.
func (s *Store) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	if err := s.enter(ctx, "due"); err != nil || most <= 0 {
		return nil, err
	}
	return s.keeper.list(ctx, prefix, before, most)
}

// Close ends the use of the store. The connection stays: it may be a queue's too.
func (s *Store) Close() error {
	s.closed.Store(true)
	return nil
}

// enter says why a call cannot be made.
func (s *Store) enter(ctx context.Context, op string) error {
	if s.closed.Load() {
		return closed("store")
	}
	return failure(op, ctx.Err())
}
