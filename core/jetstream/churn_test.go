package jetstream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// note is a line of a process that writes until it is killed: what it is about to
// write, and then the same with the revisions that it got.
type note struct {
	Worker    int           `json:"worker"`
	Records   []core.Record `json:"records"`
	Revisions []string      `json:"revisions,omitempty"` // none: it is about to
}

const (
	churners = 4
	keysEach = 60
	tight    = 256 << 10 // so much of the log may be of no use
)

// keysOf are the keys that one worker alone writes.
func keysOf(worker int) []string {
	keys := make([]string, keysEach)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s/%d/%d", []string{"job", "ended", "coverage"}[i%3], worker, i)
	}
	return keys
}

// churn writes, updates and deletes random records, and returns if it cannot.
func churn(dir, seed string) int {
	number, err := strconv.ParseUint(seed, 10, 64)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx := context.Background()
	server, err := jetstream.Start(ctx, jetstream.Config{Dir: dir})
	var conn *jetstream.Conn
	if err == nil {
		conn, err = server.Connect()
	}
	var store *jetstream.Store
	if err == nil {
		store, err = conn.OpenTight(ctx, tight)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	say := teller()
	var working sync.WaitGroup
	for w := range churners {
		working.Go(func() {
			err := churner{w, rand.New(rand.NewPCG(number, uint64(w))), store, say}.work(ctx)
			fmt.Fprintln(os.Stderr, w, err)
		})
	}
	working.Wait()
	return 1
}

// teller writes notes, each whole.
func teller() func(note) error {
	var mu sync.Mutex
	return func(n note) error {
		data, err := json.Marshal(n)
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		_, err = os.Stdout.Write(append(data, '\n'))
		return err
	}
}

type churner struct {
	worker int
	random *rand.Rand
	store  core.Store
	say    func(note) error
}

func (c churner) work(ctx context.Context) error {
	keys := keysOf(c.worker)
	held, err := c.store.Get(ctx, keys)
	if err != nil {
		return err
	}
	for {
		var at []int
		var records []core.Record
		for _, i := range c.random.Perm(len(keys))[:1+c.random.IntN(20)] {
			at, records = append(at, i), append(records, c.change(held[i]))
		}
		if err := c.say(note{c.worker, records, nil}); err != nil {
			return err
		}
		revisions, err := c.store.Put(ctx, records)
		if err != nil {
			return err
		}
		if err := c.say(note{c.worker, records, revisions}); err != nil {
			return err
		}
		for n, i := range at {
			switch held[i] = records[n]; revisions[n] {
			case "":
				return fmt.Errorf("%s: somebody else was faster than its only writer", keys[i])
			case core.Deleted:
				held[i] = core.Record{Key: keys[i]}
			default:
				held[i].Revision = revisions[n]
			}
		}
	}
}

// change is what becomes of a record: mostly another value, sometimes none.
func (c churner) change(r core.Record) core.Record {
	next := core.Record{Key: r.Key, Revision: r.Revision}
	if r.Revision != "" && c.random.IntN(5) == 0 {
		return next
	}
	next.Value = make([]byte, 1+c.random.IntN(1<<(4+c.random.IntN(11))))
	for i := range next.Value {
		next.Value[i] = byte(c.random.Uint32())
	}
	if c.random.IntN(2) == 0 {
		next.Due = noon.Add(time.Duration(c.random.IntN(1000)) * time.Millisecond)
	}
	if c.random.IntN(3) == 0 {
		next.Expires = time.Now().Add(time.Hour).Truncate(time.Microsecond).UTC()
	}
	return next
}
