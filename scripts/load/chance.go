package main

import (
	"encoding/binary"
	"math/rand/v2"
	"time"
)

// chance is where everything random comes from, so that a run can be repeated
// as far as the machine lets it: media IDs, orders, moments.
type chance struct {
	*rand.Rand

	bytes *rand.ChaCha8 // a sequence of its own: both may be drawn from at once
}

// chance makes one from a seed; for zero it takes the time, and says so.
func (s *session) chance(seed uint64) chance {
	if seed == 0 {
		seed = uint64(s.clock.Now().UnixNano())
		s.sayf("--seed %d repeats this run's random choices", seed)
	}
	return newChance(seed)
}

func newChance(seed uint64) chance {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)
	numbers := rand.NewChaCha8(key)
	key[len(key)-1] = 1
	return chance{rand.New(numbers), rand.NewChaCha8(key)}
}

// within is a moment before the limit, each as likely as any other.
func (c chance) within(limit time.Duration) time.Duration {
	return time.Duration(c.Float64() * float64(limit))
}
