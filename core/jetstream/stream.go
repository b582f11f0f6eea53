package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// DefaultName begins the names of streams and subjects if none is configured.
const DefaultName = "vodrefresh"

// checkName says what is wrong with the beginning of a stream's name.
func checkName(name string) []core.FieldError {
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_'
		if !letter || len(name) > 64 {
			return []core.FieldError{{Field: "Name", Value: name, Detail: "must be at most 64 of a-z, A-Z, 0-9, - and _"}}
		}
	}
	return nil
}

// openStream returns a stream, and makes it if it does not exist. One that exists
// and cannot be used, or that is not what it should be, is an error: it is never
// made anew, nor changed, but for its limit.
func (c *Conn) openStream(ctx context.Context, want jetstream.StreamConfig) (jetstream.Stream, error) {
	op := "open stream " + want.Name
	want.Storage, want.Replicas = jetstream.FileStorage, c.replicas
	ctx, cancel := context.WithTimeout(ctx, opening)
	defer cancel()
	stream, err := c.eventually(ctx, op, func(ctx context.Context) (jetstream.Stream, error) {
		stream, err := c.js.Stream(ctx, want.Name)
		if !errors.Is(err, jetstream.ErrStreamNotFound) {
			return stream, err
		}
		stream, err = c.js.CreateStream(ctx, want)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return c.js.Stream(ctx, want.Name)
		}
		return stream, err
	})
	if errors.Is(err, nats.ErrNoResponders) {
		return nil, &core.Error{Kind: core.Unavailable, Op: op, Message: "JetStream is not enabled on this server: nobody answers for it", Err: err}
	}
	if err != nil {
		return nil, err
	}
	info := stream.CachedInfo()
	if err := differs(op, info.Config, want); err != nil {
		return nil, err
	}
	if lost := info.State.Lost; lost != nil && len(lost.Msgs) > 0 {
		return nil, core.Errorf(core.Internal, "%s: its files are damaged: %d messages are lost, %d are left", op, len(lost.Msgs), info.State.Msgs)
	}
	if info.Config.MaxBytes != want.MaxBytes && want.MaxBytes > 0 {
		info.Config.MaxBytes = want.MaxBytes
		stream, err = c.js.UpdateStream(ctx, info.Config)
	}
	return stream, failure(op, err)
}

// opening is how long a cluster may take to elect what leads it.
const opening = 20 * time.Second

// eventually repeats a call while the servers are not ready for it.
func (c *Conn) eventually(ctx context.Context, op string, call func(context.Context) (jetstream.Stream, error)) (jetstream.Stream, error) {
	for {
		short, cancel := context.WithTimeout(ctx, patience)
		stream, err := call(short)
		cancel()
		e, _ := errors.AsType[*core.Error](failure(op, err))
		if e == nil || e.Kind != core.Unavailable || c.nats.IsClosed() || c.clock.Sleep(ctx, breath) != nil {
			return stream, failure(op, err)
		}
	}
}

// differs says how a stream that exists is not what is needed.
func differs(op string, is, want jetstream.StreamConfig) error {
	var wrong []core.FieldError
	check := func(field string, is, want any) {
		if is != want {
			wrong = append(wrong, core.FieldError{Field: field, Value: is, Detail: fmt.Sprintf("must be %v", want)})
		}
	}
	check("Subjects", fmt.Sprint(is.Subjects), fmt.Sprint(want.Subjects))
	check("Retention", is.Retention.String(), want.Retention.String())
	check("Storage", is.Storage.String(), want.Storage.String())
	check("Discard", is.Discard.String(), want.Discard.String())
	check("Replicas", is.Replicas, want.Replicas)
	check("MaxAge", is.MaxAge.String(), want.MaxAge.String())
	check("MaxMsgsPerSubject", max(0, is.MaxMsgsPerSubject), want.MaxMsgsPerSubject)
	check("AllowMsgSchedules (a server of version 2.14 or later)", is.AllowMsgSchedules, want.AllowMsgSchedules)
	check("AllowMsgTTL (a server of version 2.14 or later)", is.AllowMsgTTL, want.AllowMsgTTL)
	if len(wrong) == 0 {
		return nil
	}
	return &core.Error{Kind: core.Invalid, Op: op, Message: "it exists, but is not what is needed", Fields: wrong}
}
