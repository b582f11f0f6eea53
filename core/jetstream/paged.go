package jetstream

import (
	"cmp"
	"context"
	"math"

	"github.com/nats-io/nats.go/jetstream"
)

// paged is the store of a cluster, on two streams: Name_store, which has the index,
// and Name_page, which has the records.
type paged struct {
	conn  *Conn
	index jetstream.Stream
	pages jetstream.Stream
	names names
}

func openPaged(ctx context.Context, conn *Conn, cfg StoreConfig) (keeper, error) {
	s := &paged{conn: conn, names: newNames(cfg.Name)}
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
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}
