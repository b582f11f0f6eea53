package redis

import (
	"context"
	"errors"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// bell wakes those who wait for a message. However many wait at one handle,
// one at a time has the turn to look and to listen, and one connection blocks:
// when that one has found something, the next has the turn.
type bell struct {
	client goredis.UniversalClient
	key    string
	turn   chan struct{} // holds a token while somebody has the turn
	closed chan struct{}
	read   *read // under way, nil if there is none; who has the turn may touch it
}

// read is a blocking read of the bell, which ends when it rings.
type read struct {
	ended chan struct{}
	err   error // set when it has ended
}

// patience bounds one blocking read. An idle queue is looked at again after it,
// in case a server has lost what it knew.
const patience = 5 * time.Second

func newBell(client goredis.UniversalClient, key string) *bell {
	return &bell{client: client, key: key, turn: make(chan struct{}, 1), closed: make(chan struct{})}
}

// take waits for the turn, and reports whether it came before ctx or the bell
// ended.
func (b *bell) take(ctx context.Context) bool {
	select {
	case <-b.closed:
		return false
	case b.turn <- struct{}{}:
		return true
	case <-ctx.Done():
		return false
	}
}

func (b *bell) give() { <-b.turn }

// listen returns when the bell was rung after the ring called last, when pause
// is over (not before ctx ends, if it is negative), when ctx ends or the bell
// is closed. The error is that of the server.
//
// A read cannot be called back, so it may outlast its listener. Who listens
// next, goes on with it, unless it has ended meanwhile.
func (b *bell) listen(ctx context.Context, last string, pause time.Duration) error {
	if pause >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, pause)
		defer cancel()
	}
	if b.read != nil {
		select {
		case <-b.read.ended:
			b.read = nil
		default:
		}
	}
	if b.read == nil {
		b.read = b.begin(context.WithoutCancel(ctx), last)
	}
	select {
	case <-b.read.ended:
		err := b.read.err
		b.read = nil
		return err
	case <-ctx.Done():
	case <-b.closed:
	}
	return nil
}

// begin starts a read for the next ring after last.
func (b *bell) begin(ctx context.Context, last string) *read {
	r := &read{ended: make(chan struct{})}
	go func() {
		defer close(r.ended)
		err := b.client.XRead(ctx, &goredis.XReadArgs{Streams: []string{b.key, last}, Count: 1, Block: patience}).Err()
		if !errors.Is(err, goredis.Nil) { // which says that patience was over
			r.err = err
		}
	}()
	return r
}

// close cuts off a read under way, and returns when it has ended and nobody
// has the turn, nor will have it.
func (b *bell) close() {
	close(b.closed)
	_ = b.client.Close() // nothing is lost with it
	b.turn <- struct{}{}
	if b.read != nil {
		<-b.read.ended
	}
}
