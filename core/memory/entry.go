package memory

import (
	"container/heap"
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// entry is one message in the queue.
type entry struct {
	id      uint64
	at      time.Time // when it may be received: its due time, then the end of its lease
	attempt int       // deliveries so far
	body    []byte    // the message as JSON, so that nobody shares its parts
	index   int       // in the heap
}

// entries are a heap, the one that may be received first at its top.
type entries []*entry

// Len is the number of entries.
func (e *entries) Len() int { return len(*e) }

// Less puts the earlier first, and of equals the one that came first.
func (e *entries) Less(i, j int) bool {
	a, b := (*e)[i], (*e)[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	return a.id < b.id
}

// Swap exchanges two entries.
func (e *entries) Swap(i, j int) {
	all := *e
	all[i], all[j] = all[j], all[i]
	all[i].index, all[j].index = i, j
}

// Push adds an entry at the end.
func (e *entries) Push(x any) {
	added, _ := x.(*entry)
	added.index = len(*e)
	*e = append(*e, added)
}

// Pop takes the last entry away.
func (e *entries) Pop() any {
	last := len(*e) - 1
	gone := (*e)[last]
	(*e)[last] = nil
	*e = (*e)[:last]
	return gone
}

// enter locks the queue for a call, and says why the call cannot be made.
func (q *Queue) enter(ctx context.Context) error {
	q.mu.Lock()
	if q.closed {
		return core.Errorf(core.Unavailable, "the queue is closed")
	}
	return ended(ctx)
}

// ended is an error if the context of a call has ended.
func ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return &core.Error{Kind: core.Unavailable, Message: "the time was up", Err: err}
	}
	return nil
}

// wake tells receivers that something may have become due.
func (q *Queue) wake() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// number is the next of the queue's own numbers.
func (q *Queue) number() uint64 {
	q.last++
	return q.last
}

// add puts a message in.
func (q *Queue) add(due time.Time, body []byte) {
	e := &entry{id: q.number(), at: due, body: body}
	q.byID[e.id] = e
	heap.Push(&q.order, e)
}

// move changes when an entry may be received.
func (q *Queue) move(e *entry, at time.Time) {
	e.at = at
	heap.Fix(&q.order, e.index)
}

// held is the entry of a delivery, if it is still that receiver's.
func (q *Queue) held(d core.Delivery) *entry {
	r, _ := d.Receipt.(receipt)
	if e := q.byID[r.id]; e != nil && e.attempt == r.attempt {
		return e
	}
	return nil
}

// bury makes a dead letter of an entry.
func (q *Queue) bury(e *entry, reason string) error {
	m, err := decode(e.body)
	if err != nil {
		return err
	}
	id := strconv.FormatUint(q.number(), 10)
	q.dead = append(q.dead, core.DeadLetter{ID: id, Message: m, Reason: reason, At: q.clock.Now()})
	return nil
}

// encode is messages as JSON.
func encode(messages []core.Message) ([][]byte, error) {
	bodies := make([][]byte, len(messages))
	for i, m := range messages {
		body, err := json.Marshal(m)
		if err != nil {
			return nil, &core.Error{Kind: core.Invalid, Message: "a message is not fit for JSON", Err: err}
		}
		bodies[i] = body
	}
	return bodies, nil
}

// decode is a message out of its JSON.
func decode(body []byte) (core.Message, error) {
	var m core.Message
	if err := json.Unmarshal(body, &m); err != nil {
		return m, &core.Error{Kind: core.Internal, Message: "a message cannot be read", Err: err}
	}
	return m, nil
}
