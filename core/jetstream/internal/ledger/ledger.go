package ledger

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Config is what a ledger is made of. Log and Clock are required.
type Config struct {
	Log   Log
	Clock clock.Clock
	// Slack is how much of the log may be of no use whatever its size, in bytes.
	// Default: [DefaultSlack].
	Slack int
	// Hash makes a hash of keys, of which 40 bits are used; if it gives one to two
	// keys of a page, another is made. Default: one that nobody outside of the process
	// can foresee.
	Hash func() func(key string) uint64
}

// DefaultSlack is 64 MiB.
const DefaultSlack = 64 << 20

// Ledger is a [core.Store] of one process. It is open until Close, for whoever
// shares it. Make one with [Open].
type Ledger struct {
	log    Log
	clock  clock.Clock
	hash   func(string) uint64
	slack  int
	opened time.Time

	// index is written by one goroutine, but for what has expired.
	mu     sync.RWMutex
	table  table
	agenda agenda

	desk desk

	// What follows is of the goroutine that writes.
	last    uint64 // the number of the last page that is in the index
	behind  bool   // there may be later ones
	swept   hour
	cleaner cleaner
}

// hashTries is how many hashes are tried. In a million keys, two of one page have the
// same once in 70,000 times.
const hashTries = 4

// Open reads a log. Errors are of the log, or of kind Internal if a page cannot be
// read.
func Open(ctx context.Context, cfg Config) (l *Ledger, err error) {
	if cfg.Slack == 0 {
		cfg.Slack = DefaultSlack
	}
	if cfg.Hash == nil {
		cfg.Hash = func() func(string) uint64 {
			seed := maphash.MakeSeed()
			return func(key string) uint64 { return maphash.String(seed, key) }
		}
	}
	for range hashTries {
		if l, err = open(ctx, cfg); !errors.Is(err, errSameHash) {
			return l, err
		}
	}
	return nil, &core.Error{Kind: core.Internal, Op: "open the ledger", Message: "no hash is good enough", Err: err}
}

// errSameHash is the error of a page of which the index cannot tell two keys apart.
var errSameHash = errors.New("two keys of a page have one hash")

func open(ctx context.Context, cfg Config) (*Ledger, error) {
	l := &Ledger{log: cfg.Log, clock: cfg.Clock, hash: cfg.Hash(), slack: cfg.Slack, agenda: agenda{}}
	l.opened = l.clock.Now().Round(0) // by the wall clock, as records expire, however it was set meanwhile
	first, _, err := l.log.Bounds(ctx)
	if err != nil {
		return nil, err
	}
	l.cleaner.next, l.last = first, first-1
	if err := l.catchUp(ctx); err != nil {
		return nil, err
	}
	l.desk.idle.L = &l.desk.mu
	return l, nil
}

// Limit says how many bytes the records may take; zero is no limit.
func (l *Ledger) Limit(bytes int64) { l.desk.limit.Store(bytes) }

// Close waits for what is being written. What waits to be is an error, and so is what
// comes later.
func (l *Ledger) Close() error {
	l.desk.close()
	return nil
}

func (l *Ledger) hashOf(key string) uint64 { return l.hash(key) & (1<<hashBits - 1) }

// catchUp reads the pages behind the last that is known.
func (l *Ledger) catchUp(ctx context.Context) error {
	_, last, err := l.log.Bounds(ctx)
	if err != nil {
		return err
	}
	for l.last < last {
		const some = 64
		numbers := make([]uint64, min(some, last-l.last))
		for i := range numbers {
			numbers[i] = l.last + 1 + uint64(i)
		}
		pages, err := l.log.Read(ctx, numbers)
		if err != nil {
			return err
		}
		for i, data := range pages {
			if err := l.replay(numbers[i], data); err != nil {
				return err
			}
		}
	}
	l.behind = false
	return nil
}

// replay enters what is on a page. One that is not there was lost with the machine,
// before it was on the disk.
func (l *Ledger) replay(number uint64, data []byte) error {
	if data != nil {
		entries, err := decode(number, data)
		if err != nil {
			return err
		}
		if !l.apart(entries) {
			return errSameHash
		}
		l.turn(number, len(data), entries)
	}
	l.last = number
	return nil
}

// apart reports whether the keys of a page have different hashes.
func (l *Ledger) apart(entries []entry) bool {
	hashes := make([]uint64, len(entries))
	for i := range entries {
		hashes[i] = l.hashOf(entries[i].key)
	}
	slices.Sort(hashes)
	return len(slices.Compact(hashes)) == len(entries)
}

// turn enters a page that is in the log now.
func (l *Ledger) turn(number uint64, size int, entries []entry) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	rooms := 0
	for i := range entries {
		rooms += entries[i].room()
	}
	size += framing
	for i := range entries {
		l.enter(number, &entries[i], entries[i].room()*size/rooms, now)
	}
	l.last = number
	l.cleaner.bytes += size
}

// framing is about what the log adds to a page.
const framing = 64

// enter makes the index name a record on a page instead of where it was. Size is its
// share of the page.
func (l *Ledger) enter(number uint64, e *entry, size int, now time.Time) {
	hash := l.hashOf(e.key)
	if e.was != 0 {
		l.leave(hash, e.was, class(e.key), momentOf(e.wasDue))
	}
	if e.value == nil || momentOf(e.expire).over(now) {
		return
	}
	expires := hourOf(l.opened, e.expire)
	l.table.add(hash, place{page: number, moved: e.born != 0, size: size, hour: expires})
	if due := momentOf(e.due); due != 0 {
		l.agenda.add(class(e.key), newAppointment(due, hash, expires))
	}
}

// leave takes a record out of the index, if a page is named there.
func (l *Ledger) leave(hash, page uint64, class string, due moment) {
	if p, there := l.table.remove(hash, page); there && due != 0 {
		l.agenda.remove(class, newAppointment(due, hash, p.hour))
	}
}

// forget takes out a record that has expired.
func (l *Ledger) forget(records []found) {
	if len(records) == 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range records {
		l.leave(f.hash, f.page, class(f.key), momentOf(f.due))
	}
}

// record is an entry as others see it.
func (f *found) record() core.Record {
	born := f.born
	if born == 0 {
		born = f.page
	}
	return core.Record{
		Key: f.key, Value: append([]byte{}, f.value...), Due: f.due, Expires: f.expire,
		Revision: revision{born, momentOf(f.due), momentOf(f.expire), sumOf(f.key)}.String(),
	}
}
