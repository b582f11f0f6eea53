package jetstream

import (
	"cmp"
	"context"
	"encoding/json"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// StoreConfig says which store is opened. All processes that share a store have
// to agree on it.
type StoreConfig struct {
	// Name begins the names of its stream and subjects: letters, digits, - and _,
	// at most 64. Default: [DefaultName].
	Name string
	// MaxBytes is what the store holds at most; more is refused as Unavailable.
	// Default: as much as the server has room for.
	MaxBytes int64
}

// Store is a [core.Store] on the stream Name_store. Make one with [OpenStore].
type Store struct {
	conn   *Conn
	stream jetstream.Stream
	names  names
	closed atomic.Bool
}

var _ core.Store = (*Store)(nil)

// OpenStore opens a store, and makes its stream if it does not exist. Kinds:
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
	s.stream, err = conn.openStream(ctx, jetstream.StreamConfig{
		Name:               cfg.Name + "_store",
		Subjects:           s.names.all(),
		Discard:            jetstream.DiscardNew,
		MaxBytes:           cmp.Or(cfg.MaxBytes, -1),
		MaxMsgsPerSubject:  1,
		AllowMsgTTL:        true,
		AllowAtomicPublish: true,
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
	entries, err := s.load(ctx, keys)
	if err != nil {
		return nil, err
	}
	records := make([]core.Record, len(entries))
	for i, e := range entries {
		records[i] = e.record
	}
	return records, nil
}

// entry is what is stored under the subject of a key: a record, if it lives, and
// in any case the sequence that the next write has to name.
type entry struct {
	record   core.Record
	sequence uint64
}

// load reads what is stored for keys, from the leader.
func (s *Store) load(ctx context.Context, keys []string) ([]entry, error) {
	subjects := make([]string, len(keys))
	for i, key := range keys {
		subjects[i] = s.names.record(key)
	}
	messages, err := s.last(ctx, subjects)
	if err != nil {
		return nil, err
	}
	now := s.conn.clock.Now()
	entries := make([]entry, len(keys))
	for i, key := range keys {
		record, err := decode(messages[i].Sequence, messages[i].Data)
		if err != nil {
			return nil, err
		}
		switch {
		case record.Revision == "" || over(record, now):
			record = core.Record{Key: key}
		case record.Key != key:
			return nil, core.Errorf(core.Internal, "get: the keys %q and %q have one hash", record.Key, key)
		}
		entries[i] = entry{record, messages[i].Sequence}
	}
	return entries, nil
}

// over reports whether a record has expired.
func over(r core.Record, now time.Time) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) }

// message is one as the server shows it; a sequence of zero says there is none.
type message struct {
	Sequence uint64 `json:"seq"`
	Data     []byte `json:"data"`
}

// last reads the last message of each subject.
func (s *Store) last(ctx context.Context, subjects []string) ([]message, error) {
	answers, err := s.api(ctx, "get", "MSG.GET", len(subjects), func(i int) any {
		return map[string]string{"last_by_subj": subjects[i]}
	})
	if err != nil {
		return nil, err
	}
	messages := make([]message, len(answers))
	for i, a := range answers {
		var answer struct {
			Message message  `json:"message"`
			Error   *refusal `json:"error"`
		}
		if err := read("get", a, &answer); err != nil {
			return nil, err
		}
		if answer.Error != nil && answer.Error.ErrCode != codeNoMessage {
			return nil, answer.Error.err("get")
		}
		messages[i] = answer.Message
	}
	return messages, nil
}

// remove deletes messages by their sequences. One that is gone, or cannot be
// deleted now, is no error: what is removed here is in nobody's way.
func (s *Store) remove(ctx context.Context, sequences []uint64) error {
	_, err := s.api(ctx, "clean", "MSG.DELETE", len(sequences), func(i int) any {
		return map[string]any{"seq": sequences[i], "no_erase": true}
	})
	return err
}

// api makes count requests about the stream.
func (s *Store) api(ctx context.Context, op, verb string, count int, body func(i int) any) ([]*nats.Msg, error) {
	subject := "$JS.API.STREAM." + verb + "." + s.stream.CachedInfo().Config.Name
	requests := make([]*nats.Msg, count)
	for i := range requests {
		data, err := json.Marshal(body(i))
		if err != nil {
			return nil, failure(op, err)
		}
		requests[i] = &nats.Msg{Subject: subject, Data: data}
	}
	return s.conn.ask(ctx, op, requests)
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
