package jetstream

import (
	"context"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// journal is a stream of the embedded server in which a ledger is written. Nobody
// else writes to it, and its messages are removed from its beginning alone, which
// the server does by removing files.
type journal struct {
	conn   *Conn
	stream jetstream.Stream
}

var _ ledger.Log = journal{}

// Bounds are the sequences of the first message and of the last ever.
func (j journal) Bounds(ctx context.Context) (first, last uint64, err error) {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return 0, 0, failure("look into the log", err)
	}
	return max(1, info.State.FirstSeq), info.State.LastSeq, nil
}

// Append stores pages, each only if the one before is the last of the stream.
func (j journal) Append(ctx context.Context, last uint64, pages [][]byte) (added int, err error) {
	messages := make([]*nats.Msg, len(pages))
	for i, data := range pages {
		messages[i] = &nats.Msg{
			Subject: j.subject(),
			Header:  nats.Header{jetstream.ExpectedLastSeqHeader: {strconv.FormatUint(last+uint64(i), 10)}},
			Data:    data,
		}
	}
	acks, err := j.conn.publishEach(ctx, "put", messages)
	if err != nil {
		return 0, err
	}
	for i, ack := range acks {
		if err := ack.Error.err("put"); late(err) {
			return i, ledger.ErrBehind
		} else if err != nil {
			return i, err
		}
	}
	return len(pages), nil
}

// Read reads messages by their sequences. The stream answers by itself: without the
// JSON and the queue of the server's API, which take longer than the reading.
func (j journal) Read(ctx context.Context, numbers []uint64) ([][]byte, error) {
	answers, err := j.conn.api(ctx, "get", "$JS.API.DIRECT.GET."+nameOf(j.stream), len(numbers), func(i int) any {
		return map[string]uint64{"seq": numbers[i]}
	})
	if err != nil {
		return nil, err
	}
	pages := make([][]byte, len(answers))
	for i, a := range answers {
		if pages[i], err = readDirect(a); err != nil {
			return nil, err
		}
	}
	return pages, nil
}

// readDirect reads an answer that is the stored message itself, nil if there is none.
func readDirect(a *nats.Msg) ([]byte, error) {
	switch status := a.Header.Get("Status"); status {
	case "404":
		return nil, nil
	case "":
		return a.Data, nil
	default:
		return nil, &core.Error{Kind: core.Unavailable, Op: "get", Code: status, Message: a.Header.Get("Description")}
	}
}

// Purge removes the messages before one. What was written once more behind it has to
// be on the disk by then.
func (j journal) Purge(ctx context.Context, before uint64) error {
	if err := j.conn.disk.sync("clean", nameOf(j.stream)); err != nil {
		return err
	}
	return failure("clean", j.stream.Purge(ctx, jetstream.WithPurgeSequence(before)))
}

// subject is the one that the stream listens to.
func (j journal) subject() string { return j.stream.CachedInfo().Config.Subjects[0] }
