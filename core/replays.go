package core

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Replays remembers the messages that were dealt with, so that somebody who has
// recorded one cannot send it again. Whoever deals with a message asks Seen first,
// and calls Remember once it is finished or durable, and not before: a first try
// that failed has to count when the sender repeats it.
//
// It is safe for concurrent use. Two deliveries at the same moment both pass;
// coverage tells them apart.
type Replays struct {
	store Store
	clock clock.Clock

	mu     sync.Mutex
	memory map[string]time.Time // without a store: until when
	oldest []string             // its keys, in the order in which they came
}

// memorable is how many messages are remembered without a store.
const memorable = 10_000

// NewReplays returns a memory in the store, which processes share and which
// outlives them; a nil store makes one in this process, of the latest 10,000
// messages.
func NewReplays(store Store, c clock.Clock) *Replays {
	return &Replays{store: store, clock: c, memory: make(map[string]time.Time)}
}

// Seen reports whether a message is remembered. The error is the store's.
func (r *Replays) Seen(ctx context.Context, id string) (bool, error) {
	key := replayKey(id)
	if r.store != nil {
		records, err := r.store.Get(ctx, []string{key})
		return err == nil && records[0].Value != nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clock.Now().Before(r.memory[key]), nil
}

// Remember keeps a message until a time. The error is the store's.
func (r *Replays) Remember(ctx context.Context, id string, until time.Time) error {
	key := replayKey(id)
	if r.store != nil {
		_, err := r.store.Put(ctx, []Record{{Key: key, Value: []byte("dealt with"), Expires: until}}) // if it exists, all is well
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, known := r.memory[key]; !known {
		r.oldest = append(r.oldest, key)
	}
	r.memory[key] = until
	if len(r.oldest) > memorable {
		delete(r.memory, r.oldest[0])
		r.oldest = r.oldest[1:]
	}
	return nil
}

// replayKey is a hash, because a message's ID may have any length.
func replayKey(id string) string {
	hash := sha256.Sum256([]byte(id))
	return "replay/" + base64.RawURLEncoding.EncodeToString(hash[:])
}
