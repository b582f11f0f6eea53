package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// grave is a dead letter as it is stored. The message is kept as it was, so that
// one that could not be read is not lost.
type grave struct {
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	Data   []byte    `json:"data"`
}

// grave makes a dead letter of a delivery that is given up.
func (q *Queue) grave(s core.Settlement) (grave, error) {
	data, err := json.Marshal(s.Delivery.Message)
	if err != nil {
		return grave{}, core.Errorf(core.Invalid, "settle: the message of %s cannot be written as JSON: %v", s.Delivery.Message.Task.ID, err)
	}
	return grave{Reason: s.Dead, At: q.conn.clock.Now().UTC(), Data: data}, nil
}

// bury stores dead letters.
func (q *Queue) bury(ctx context.Context, graves []grave) error {
	messages := make([]*nats.Msg, len(graves))
	for i, g := range graves {
		data, err := json.Marshal(g)
		if err != nil {
			return core.Errorf(core.Invalid, "dead letter: cannot be written as JSON: %v", err)
		}
		messages[i] = &nats.Msg{Subject: q.buried, Data: data}
	}
	return q.conn.publish(ctx, "dead letter", q.dead.CachedInfo().Config.Name, messages)
}

// Dead lists up to most dead letters, the oldest first.
func (q *Queue) Dead(ctx context.Context, most int) ([]core.DeadLetter, error) {
	if err := q.enter(ctx, "dead letters"); err != nil {
		return nil, err
	}
	var letters []core.DeadLetter
	for next := uint64(1); len(letters) < most; {
		seq, g, err := q.dig(ctx, next, true)
		if err != nil || seq == 0 {
			return letters, err
		}
		letter := core.DeadLetter{ID: strconv.FormatUint(seq, 10), Reason: g.Reason, At: g.At}
		if err := json.Unmarshal(g.Data, &letter.Message); err != nil {
			letter.Message = core.Message{} // the reason says that it cannot be read
		}
		letters = append(letters, letter)
		next = seq + 1
	}
	return letters, nil
}

// dig reads the dead letter of a sequence, or the next one at or after it; a
// sequence of zero says that there is none.
func (q *Queue) dig(ctx context.Context, seq uint64, orNext bool) (uint64, grave, error) {
	var opts []jetstream.GetMsgOpt
	if orNext {
		opts = append(opts, jetstream.WithGetMsgSubject(q.buried))
	}
	m, err := q.dead.GetMsg(ctx, seq, opts...)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return 0, grave{}, nil
	}
	if err != nil {
		return 0, grave{}, failure("dead letters", err)
	}
	var g grave
	if err := json.Unmarshal(m.Data, &g); err != nil {
		g = grave{Reason: "cannot be read: it is no dead letter in JSON", At: m.Time, Data: m.Data}
	}
	return m.Sequence, g, nil
}

// Redrive puts dead letters back, up to a batch at a time.
func (q *Queue) Redrive(ctx context.Context, ids []string) (int, error) {
	if err := q.enter(ctx, "redrive"); err != nil {
		return 0, err
	}
	if len(ids) == 0 {
		return q.redriveAll(ctx)
	}
	var (
		seqs  []uint64
		moved []*nats.Msg
	)
	for _, id := range ids {
		want, err := strconv.ParseUint(id, 10, 64)
		if err != nil || want == 0 || slices.Contains(seqs, want) {
			continue
		}
		seq, g, err := q.dig(ctx, want, false)
		if err != nil {
			return 0, err
		}
		if seq == 0 {
			continue
		}
		m, err := q.revive(g)
		if err != nil {
			return 0, err
		}
		seqs, moved = append(seqs, seq), append(moved, m)
	}
	if len(seqs) == 0 {
		return 0, nil
	}
	if err := q.gatherer.add(ctx, moved); err != nil {
		return 0, err
	}
	for _, seq := range seqs {
		if err := q.dead.DeleteMsg(ctx, seq); err != nil && !errors.Is(err, jetstream.ErrMsgNotFound) {
			return 0, failure("redrive", err)
		}
	}
	return len(seqs), nil
}

// redriveAll puts back what is dead now, the oldest first.
func (q *Queue) redriveAll(ctx context.Context) (count int, err error) {
	info, err := q.dead.Info(ctx)
	if err != nil {
		return 0, failure("redrive", err)
	}
	for next, last := uint64(1), info.State.LastSeq; next <= last; {
		var moved []*nats.Msg
		for len(moved) < batchSize && next <= last {
			seq, g, err := q.dig(ctx, next, true)
			if err != nil {
				return count, err
			}
			if seq == 0 || seq > last {
				next = last + 1
				break
			}
			m, err := q.revive(g)
			if err != nil {
				return count, err
			}
			moved, next = append(moved, m), seq+1
		}
		if len(moved) == 0 {
			break
		}
		if err := q.gatherer.add(ctx, moved); err != nil {
			return count, err
		}
		if err := q.dead.Purge(ctx, jetstream.WithPurgeSequence(next)); err != nil {
			return count, failure("redrive", err)
		}
		count += len(moved)
	}
	return count, nil
}

// revive makes a message of a dead letter. One that cannot be read goes back as
// it was: a later version of this program may know it.
func (q *Queue) revive(g grave) (*nats.Msg, error) {
	var m core.Message
	if err := json.Unmarshal(g.Data, &m); err != nil || m.Version != core.MessageVersion {
		return q.put(g.Data, time.Time{})
	}
	return q.pack(m.Revived())
}
