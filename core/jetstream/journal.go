package jetstream

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

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
	gone   []uint64 // lost with the machine before it was opened

	// What follows is of who appends and purges.
	extent extent
	marked time.Time
	ill    bool // the server was not well when an answer to Append was missing
}

var _ ledger.Log = (*journal)(nil)

// openJournal makes sure that a stream has what it had when it was marked last.
func openJournal(ctx context.Context, conn *Conn, stream jetstream.Stream) (*journal, error) {
	name := nameOf(stream)
	file := conn.markFile(name)
	before, err := readExtent(file)
	if err != nil {
		return nil, err
	}
	is, err := extentOf(ctx, stream)
	if err != nil {
		return nil, err
	}
	if page := before.missing(is); page != 0 {
		return nil, damaged(name, file, page)
	}
	j := &journal{conn: conn, stream: stream, gone: is.Gone, extent: is}
	if err := j.note("open stream " + name); err != nil {
		return nil, err
	}
	return j, nil
}

// note marks what is there, once it is on the disk.
func (j *journal) note(op string) error {
	if j.extent.Last > 0 { // or there may be no file yet
		if err := j.conn.disk.sync(op, nameOf(j.stream)); err != nil {
			return err
		}
	}
	j.marked = j.conn.clock.Now()
	return j.extent.write(j.conn.markFile(nameOf(j.stream)))
}

// Bounds are the sequences of the first message and of the last ever. A server that
// could not write is not asked: it does not answer.
func (j *journal) Bounds(ctx context.Context) (first, last uint64, err error) {
	if j.ill {
		if err := j.well("put"); err != nil {
			return 0, 0, err
		}
	}
	return j.bounds(ctx)
}

func (j *journal) bounds(ctx context.Context) (first, last uint64, err error) {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return 0, 0, failure("look into the log", err)
	}
	return max(1, info.State.FirstSeq), info.State.LastSeq, nil
}

// Append stores pages, each only if the one before is the last of the stream.
func (j *journal) Append(ctx context.Context, last uint64, pages [][]byte) (added int, err error) {
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
		ill := j.well("put")
		j.ill = ill != nil
		return 0, cmp.Or(ill, err)
	}
	for i, ack := range acks {
		if err := ack.Error.err("put"); late(err) {
			return i, ledger.ErrBehind
		} else if err != nil {
			return i, err
		}
	}
	j.extent.Last = last + uint64(len(pages))
	if j.conn.clock.Now().Sub(j.marked) >= markEvery {
		_ = j.note("put") // they are stored; an older mark says less, and nothing wrong
	}
	return len(pages), nil
}

// well says why a server does not answer any more: once it could not write, it does
// nothing until it is started again. It may also say so while a stream is made.
func (j *journal) well(op string) error {
	if err := j.conn.server.Health(); err != nil {
		return core.Errorf(core.Unavailable, "%s: %v", op, err)
	}
	return nil
}

// Read reads messages by their sequences. The stream answers by itself: without the
// JSON and the queue of the server's API, which take longer than the reading.
func (j *journal) Read(ctx context.Context, numbers []uint64) ([][]byte, error) {
	answers, err := j.conn.api(ctx, "get", "$JS.API.DIRECT.GET."+nameOf(j.stream), len(numbers), func(i int) any {
		return map[string]uint64{"seq": numbers[i]}
	})
	if err != nil {
		return nil, err
	}
	pages := make([][]byte, len(answers))
	var absent []uint64
	for i, a := range answers {
		if pages[i], err = readDirect(a); err != nil {
			return nil, err
		}
		if pages[i] == nil {
			absent = append(absent, numbers[i])
		}
	}
	return pages, j.explain(ctx, absent)
}

// explain is an error if messages should be there. The server gives the same answer
// for one that was removed and one that it cannot read.
func (j *journal) explain(ctx context.Context, absent []uint64) error {
	absent = slices.DeleteFunc(absent, func(n uint64) bool {
		_, lost := slices.BinarySearch(j.gone, n)
		return lost
	})
	if len(absent) == 0 {
		return nil
	}
	first, _, err := j.bounds(ctx)
	if err != nil {
		return err
	}
	for _, n := range absent {
		if n >= first {
			return core.Errorf(core.Unavailable, "get: the server does not find message %d of stream %s, which begins with %d", n, nameOf(j.stream), first)
		}
	}
	return nil
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
func (j *journal) Purge(ctx context.Context, before uint64) error {
	j.extent.First = before
	j.extent.Gone = slices.DeleteFunc(slices.Clone(j.extent.Gone), func(n uint64) bool { return n < before })
	if err := j.note("clean"); err != nil {
		return err
	}
	return failure("clean", j.stream.Purge(ctx, jetstream.WithPurgeSequence(before)))
}

// subject is the one that the stream listens to.
func (j *journal) subject() string { return j.stream.CachedInfo().Config.Subjects[0] }
