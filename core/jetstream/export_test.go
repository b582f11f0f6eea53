package jetstream

import (
	"context"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// StartListening is Start with a server that listens on a loopback port.
func StartListening(ctx context.Context, cfg Config, port int, with func(*server.Options)) (*Server, error) {
	return start(ctx, cfg, listener{port, with})
}

// NATS is the connection below, to do what the package would not.
func (c *Conn) NATS() *nats.Conn { return c.nats }

// OpenLog makes the stream of an embedded store, or opens it.
func (c *Conn) OpenLog(ctx context.Context, name string) error {
	_, err := c.openLog(ctx, name)
	return err
}

// OpenTight opens an embedded store whose log is cleaned as soon as so many bytes of
// it are of no use.
func (c *Conn) OpenTight(ctx context.Context, slack int) (*Store, error) {
	stream, err := c.openLog(ctx, DefaultName)
	if err != nil {
		return nil, err
	}
	log, err := openJournal(ctx, c, stream)
	if err != nil {
		return nil, err
	}
	l, err := ledger.Open(ctx, ledger.Config{Log: log, Clock: c.clock, Slack: slack})
	if err != nil {
		return nil, err
	}
	return &Store{keeper: logged{c, l}}, nil
}

// Subjects are those in use that match a pattern.
func (s *Store) Subjects(ctx context.Context, pattern string) ([]string, error) {
	return s.keeper.(*paged).subjects(ctx, pattern)
}

// BucketSubject is where the place of a key's record is.
func (s *Store) BucketSubject(key string) string {
	subject, _ := s.keeper.(*paged).names.bucket(key)
	return subject
}

// PageSubject is where the records are.
func (s *Store) PageSubject() string { return s.keeper.(*paged).names.pages }

// BucketNaming is a bucket that has a key's record on a page.
func (s *Store) BucketNaming(key string, page uint64) []byte {
	_, m := s.keeper.(*paged).names.bucket(key)
	return bucket{{mark: m, page: page}}.encode()
}

// Pages is how many pages there are.
func (s *Store) Pages(ctx context.Context) (uint64, error) {
	info, err := s.keeper.(*paged).pages.Info(ctx)
	if err != nil {
		return 0, err
	}
	return info.State.Msgs, nil
}

// LogBounds are the first and the last page of an embedded store.
func (c *Conn) LogBounds(ctx context.Context) (first, last uint64, err error) {
	stream, err := c.openLog(ctx, DefaultName)
	if err != nil {
		return 0, 0, err
	}
	return (&journal{conn: c, stream: stream}).Bounds(ctx)
}
