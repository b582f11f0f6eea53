package pace

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// How often peers meet. The figures are what held up in the simulation of
// simulation_test.go.
const (
	firstBeat  = 250 * time.Millisecond // after the announcement, and while others may not know of it; doubles up to beat
	beat       = 2 * time.Second        // from one announcement to the next
	peerLife   = 15 * time.Second       // without an announcement: the instance was killed
	unanswered = beat + time.Second     // without one, for a newcomer: it need not wait for that instance
	storeWait  = time.Second            // is as long as the store may take for one announcement
)

// PeersConfig is what Peers are made of. Store and Key are required.
type PeersConfig struct {
	Store core.Store
	// Key is what the instances that share an account have in common, such as
	// "peer/aliyun/cn-shanghai". Each has a record at the key, a slash and its token.
	Key   string
	Clock clock.Clock   // default: the system's
	Token func() string // makes a name for this instance that no other has; default: [rand.Text]
	Log   *slog.Logger  // default: discard
}

// Peers counts the instances that are at work at the same account, so that each
// can limit itself to its share: see [Config].
//
// An instance is at work until ten seconds after the latest Count. For as long,
// Run renews its record in the store every two seconds, more often at first, and
// lists those of the others: two calls of the store. An idle instance has no
// record, takes no share and costs nothing.
//
// A newcomer knows the others at once, but they know of it two seconds later at
// most, and use all of the account until then. So it counts a crowd, which leaves
// it the smallest share there is, until all that it met have renewed their
// records. An instance that stops is gone within two seconds, one that runs out
// of work within 14, one that is killed within 17: then its record has expired.
//
// The count is no promise: where clocks differ, a killed instance is gone that
// much sooner or later, and where the store fails, the last count stands.
type Peers struct {
	cfg  PeersConfig
	own  string        // the key of this instance
	wake chan struct{} // says to Run that there is work

	// Of Run alone:
	revision string            // of our record; empty if there is none
	joined   time.Time         // when we first met the others
	unaware  map[string]string // the revisions, by key, of those who may not know of us yet; nil before we met
	failing  bool              // the store, at the latest announcement

	mu     sync.Mutex
	count  int
	atWork bool
	called time.Time // when Count was last called
}

// NewPeers returns peers that know of this instance alone, until Run runs; what
// cfg leaves out has its default.
func NewPeers(cfg PeersConfig) *Peers {
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	if cfg.Token == nil {
		cfg.Token = rand.Text
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Peers{cfg: cfg, own: cfg.Key + "/" + cfg.Token(), wake: make(chan struct{}, 1), count: 1}
}

// Count returns how many instances are at work, as far as is known: at least
// one, which is this one, and 1000 while the others may not know of it. It marks
// this one as at work, and asks nobody. It is safe for concurrent use.
func (p *Peers) Count() int {
	now := p.cfg.Clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.called = now
	if !p.atWork {
		p.atWork = true
		select {
		case p.wake <- struct{}{}:
		default: // Run has not looked yet
		}
	}
	return p.count
}

// Run keeps the count while this instance is at work, until ctx ends. It then
// takes the instance off the list, which takes two seconds at most: end ctx after
// the last call has gone out. Run is for one goroutine.
func (p *Peers) Run(ctx context.Context) {
	for ctx.Err() == nil {
		select {
		case <-p.wake:
			p.attend(ctx)
		case <-ctx.Done():
		}
	}
}

// attend keeps the count until there is no more work.
func (p *Peers) attend(ctx context.Context) {
	lasting := context.WithoutCancel(ctx) // what is half announced could not be taken back
	defer p.leave(lasting)
	for pause := firstBeat; p.busy(); pause = min(2*pause, beat) {
		p.note(ctx, p.announce(lasting))
		if len(p.unaware) > 0 {
			pause = firstBeat
		}
		if p.cfg.Clock.Sleep(ctx, pause) != nil {
			return
		}
	}
}

// busy reports whether this instance is still at work.
func (p *Peers) busy() bool {
	now := p.cfg.Clock.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atWork = now.Sub(p.called) < idle
	return p.atWork
}

// announce renews our record, and then counts the others. All records are due
// since 1970, so that clocks that differ hide none, the store's index stays as it
// is when one is renewed, and listing them passes by what else is due.
func (p *Peers) announce(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, storeWait)
	defer cancel()
	now, due := p.cfg.Clock.Now(), time.Unix(0, 0)
	own := core.Record{Key: p.own, Value: []byte("at work"), Due: due, Expires: now.Add(peerLife), Revision: p.revision}
	revisions, err := p.cfg.Store.Put(ctx, []core.Record{own})
	if err != nil {
		return err
	}
	p.revision = revisions[0]
	all, err := p.cfg.Store.Due(ctx, p.cfg.Key+"/", due, core.Crowd)
	if err != nil {
		return err
	}
	others := make(map[string]string, len(all))
	for _, r := range all {
		others[r.Key] = r.Revision
	}
	p.revision = cmp.Or(others[own.Key], p.revision)
	delete(others, own.Key)
	count := 1 + len(others)
	if !p.known(others, now) {
		count = core.Crowd
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count = count
	return nil
}

// known reports whether the others know of us. Everybody renews a record before
// listing those of all: who has renewed it since we first listed it has seen
// ours. Who came later has, too, and who takes too long was killed.
func (p *Peers) known(others map[string]string, now time.Time) bool {
	if p.unaware == nil {
		p.unaware, p.joined = maps.Clone(others), now
	}
	maps.DeleteFunc(p.unaware, func(key, revision string) bool {
		return others[key] != revision || now.Sub(p.joined) >= unanswered
	})
	return len(p.unaware) == 0
}

// leave takes our record off the list; where that fails, it expires.
func (p *Peers) leave(ctx context.Context) {
	if p.revision != "" {
		ctx, cancel := context.WithTimeout(ctx, storeWait)
		defer cancel()
		_, err := p.cfg.Store.Put(ctx, []core.Record{{Key: p.own, Revision: p.revision}})
		p.note(ctx, err)
	}
	p.revision, p.unaware = "", nil
	p.mu.Lock()
	defer p.mu.Unlock()
	p.atWork = false // the next Count has Run attend anew
	if p.count == core.Crowd {
		p.count = 1 // who was met is not known, and nobody looks now
	}
}

// note logs the first of several errors in a row.
func (p *Peers) note(ctx context.Context, err error) {
	if err != nil && !p.failing {
		p.cfg.Log.WarnContext(ctx, "cannot count the instances at work, going on with the last count", "key", p.cfg.Key, "error", err)
	}
	p.failing = err != nil
}
