package jetstream

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
)

const (
	// patience is how long an answer may take: less than the five seconds that a
	// provider waits for ours, and enough for a cluster to elect a leader, mostly.
	patience = 4 * time.Second
	// breath is the wait before a request that nobody took is sent again.
	breath = 50 * time.Millisecond
	// window is how many requests are under way together.
	window = 256
)

// ask sends requests without waiting in between, and returns their answers in
// order. One that nobody took, as while a cluster elects a leader, is sent again
// until somebody does. An error means that any of them may have been carried out.
func (c *Conn) ask(ctx context.Context, op string, requests []*nats.Msg) ([]*nats.Msg, error) {
	answers := make([]*nats.Msg, 0, len(requests))
	for some := range slices.Chunk(requests, window) {
		got, err := c.askSome(ctx, some)
		if err != nil {
			return nil, failure(op, err)
		}
		answers = append(answers, got...)
	}
	return answers, nil
}

func (c *Conn) askSome(ctx context.Context, requests []*nats.Msg) ([]*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	inbox, replies := c.replies.open(len(requests))
	defer c.replies.close(inbox)
	send := func(i int) error {
		m := requests[i]
		return c.nats.PublishMsg(&nats.Msg{Subject: m.Subject, Header: m.Header, Data: m.Data, Reply: inbox.subject(i)})
	}
	for i := range requests {
		if err := send(i); err != nil {
			return nil, err
		}
	}
	answers := make([]*nats.Msg, len(requests))
	for missing := len(requests); missing > 0; {
		var r reply
		select {
		case r = <-replies:
		case <-c.replies.gone:
			return nil, nats.ErrConnectionClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if r.to >= len(answers) || answers[r.to] != nil {
			continue
		}
		if untaken(r.Msg) {
			if err := c.clock.Sleep(ctx, breath); err != nil {
				return nil, err
			}
			if err := send(r.to); err != nil {
				return nil, err
			}
			continue
		}
		answers[r.to] = r.Msg
		missing--
	}
	return answers, nil
}

// untaken reports whether the server says that nobody listens.
func untaken(m *nats.Msg) bool { return len(m.Data) == 0 && m.Header.Get("Status") == "503" }

// read decodes an answer of the server.
func read(op string, m *nats.Msg, into any) error {
	if err := json.Unmarshal(m.Data, into); err != nil {
		return &core.Error{Kind: core.Unavailable, Op: op, Message: "the server's answer cannot be read", Err: err}
	}
	return nil
}

// bodies are those of requests, by their number.
type bodies func(i int) any

// api makes count requests of one subject.
func (c *Conn) api(ctx context.Context, op, subject string, count int, body bodies) ([]*nats.Msg, error) {
	requests := make([]*nats.Msg, count)
	for i := range requests {
		data, err := json.Marshal(body(i))
		if err != nil {
			return nil, failure(op, err)
		}
		requests[i] = &nats.Msg{Subject: subject, Data: data}
	}
	return c.ask(ctx, op, requests)
}
