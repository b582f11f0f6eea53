package jetstream

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// message is one as the server shows it; a sequence of zero says there is none.
type message struct {
	Sequence uint64 `json:"seq"`
	Data     []byte `json:"data"`
}

// last reads the last message of each subject of the index.
func (s *Store) last(ctx context.Context, subjects []string) ([]message, error) {
	return s.messages(ctx, s.index, len(subjects), func(i int) any {
		return map[string]string{"last_by_subj": subjects[i]}
	})
}

// messages reads count messages of a stream.
func (s *Store) messages(ctx context.Context, of jetstream.Stream, count int, which bodies) ([]message, error) {
	if of.CachedInfo().Config.AllowDirect {
		return s.direct(ctx, of, count, which)
	}
	answers, err := s.api(ctx, "get", "$JS.API.STREAM.MSG.GET.", of, count, which)
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

// direct reads count messages of a stream that answers by itself: without the JSON
// and the queue of the server's API, which take longer than the reading.
func (s *Store) direct(ctx context.Context, of jetstream.Stream, count int, which bodies) ([]message, error) {
	answers, err := s.api(ctx, "get", "$JS.API.DIRECT.GET.", of, count, which)
	if err != nil {
		return nil, err
	}
	messages := make([]message, len(answers))
	for i, a := range answers {
		if messages[i], err = readDirect(a); err != nil {
			return nil, err
		}
	}
	return messages, nil
}

// readDirect reads an answer that is the stored message itself.
func readDirect(a *nats.Msg) (message, error) {
	switch status := a.Header.Get("Status"); status {
	case "404":
		return message{}, nil
	case "":
	default:
		return message{}, &core.Error{Kind: core.Unavailable, Op: "get", Code: status, Message: a.Header.Get("Description")}
	}
	sequence, err := strconv.ParseUint(a.Header.Get(jetstream.SequenceHeader), 10, 64)
	if err != nil {
		return message{}, &core.Error{Kind: core.Unavailable, Op: "get", Message: "the server's answer cannot be read", Err: err}
	}
	return message{sequence, a.Data}, nil
}

// remove deletes messages of a stream by their sequences. One that is gone, or
// cannot be deleted now, is no error: what is removed here is in nobody's way.
func (s *Store) remove(ctx context.Context, from jetstream.Stream, sequences []uint64) error {
	_, err := s.api(ctx, "clean", "$JS.API.STREAM.MSG.DELETE.", from, len(sequences), func(i int) any {
		return map[string]any{"seq": sequences[i], "no_erase": true}
	})
	return err
}

// bodies are those of requests, by their number.
type bodies func(i int) any

// api makes count requests about a stream; its name ends their subject.
func (s *Store) api(ctx context.Context, op, subject string, about jetstream.Stream, count int, body bodies) ([]*nats.Msg, error) {
	subject += about.CachedInfo().Config.Name
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
