package jetstream

import (
	"cmp"
	"context"
	"math"
	"sync/atomic"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// StoreConfig says which store is opened. All processes that share a store have
// to agree on it.
type StoreConfig struct {
	// Name begins the names of its stream and subjects: letters, digits, - and _,
	// at most 64. Default: [DefaultName].
	Name string
	// MaxBytes is what the records take at most, the index not counted; more is
	// refused as Unavailable. A change needs room for the new beside the old.
	// Default: as much as the server has room for.
	MaxBytes int64
}

// Store is a [core.Store] on two streams: Name_store, which has the index, and
// Name_page, which has the records. Make one with [OpenStore].
type Store struct {
	conn   *Conn
	index  jetstream.Stream
	pages  jetstream.Stream
	names  names
	closed atomic.Bool
}

var _ core.Store = (*Store)(nil)

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
	s := &Store{conn: conn, names: newNames(cfg.Name)}
	var err error
	s.pages, err = conn.openStream(ctx, jetstream.StreamConfig{
		Name:     cfg.Name + "_page",
		Subjects: []string{s.names.pages},
		Discard:  jetstream.DiscardNew,
		MaxBytes: cmp.Or(cfg.MaxBytes, -1),
		// No limit, but with one the server's blocks are of 4 MiB and not of 8: it
		// reads whole ones, keeps them in memory, and copies them to make room.
		MaxMsgsPerSubject: math.MaxInt64,
		AllowMsgTTL:       true,
		AllowDirect:       conn.alone(),
	})
	if err != nil {
		return nil, err
	}
	s.index, err = conn.openStream(ctx, jetstream.StreamConfig{
		Name:              cfg.Name + "_store",
		Subjects:          s.names.all(),
		Discard:           jetstream.DiscardNew,
		MaxBytes:          -1,
		MaxMsgsPerSubject: 1,
		AllowMsgTTL:       true,
		AllowDirect:       conn.alone(),
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Get reads records, in the order of their keys.
func (s *Store) Get(ctx context.Context, keys []string) ([]core.Record, error) {
	if err := core.CheckKeys(keys); err != nil {
		return nil, err
	}
	if err := s.enter(ctx, "get"); err != nil {
		return nil, err
	}
	return s.load(ctx, keys)
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
