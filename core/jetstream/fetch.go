package jetstream

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"
)

// message is one as the server shows it; a sequence of zero says there is none.
type message struct {
	Sequence uint64 `json:"seq"`
	Data     []byte `json:"data"`
}

// last reads the last message of each subject of the index.
func (s *paged) last(ctx context.Context, subjects []string) ([]message, error) {
	return s.messages(ctx, s.index, len(subjects), func(i int) any {
		return map[string]string{"last_by_subj": subjects[i]}
	})
}

// messages reads count messages of a stream.
func (s *paged) messages(ctx context.Context, of jetstream.Stream, count int, which bodies) ([]message, error) {
	answers, err := s.conn.api(ctx, "get", "$JS.API.STREAM.MSG.GET."+nameOf(of), count, which)
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

// remove deletes messages of a stream by their sequences. One that is gone, or
// cannot be deleted now, is no error: what is removed here is in nobody's way.
func (s *paged) remove(ctx context.Context, from jetstream.Stream, sequences []uint64) error {
	_, err := s.conn.api(ctx, "clean", "$JS.API.STREAM.MSG.DELETE."+nameOf(from), len(sequences), func(i int) any {
		return map[string]any{"seq": sequences[i], "no_erase": true}
	})
	return err
}

// nameOf is the name of a stream.
func nameOf(stream jetstream.Stream) string { return stream.CachedInfo().Config.Name }
