package jetstream

import (
	"context"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// StartListening is Start with a server that listens on a loopback port.
func StartListening(ctx context.Context, cfg Config, port int, with func(*server.Options)) (*Server, error) {
	return start(ctx, cfg, listener{port, with})
}

// NATS is the connection below, to do what the package would not.
func (c *Conn) NATS() *nats.Conn { return c.nats }

// Subjects are those in use that match a pattern.
func (s *Store) Subjects(ctx context.Context, pattern string) ([]string, error) {
	return s.subjects(ctx, pattern)
}

// RecordSubject is where a key's record is.
func (s *Store) RecordSubject(key string) string { return s.names.record(key) }
