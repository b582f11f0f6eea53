package core

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

const (
	gateAge      = 5 * time.Second // how long a wait is believed without a look at the store
	gatePatience = 3 * time.Second // with the store
)

// gateKey is what has a quota of its own, within one account.
type gateKey struct {
	provider events.Provider
	taskType TaskType
}

// gate is what a process knows of the wait of one provider and task type.
type gate struct {
	key gateKey

	mu      sync.Mutex // held while the store or the platform is asked: the others need the answer too
	wait    dayWait
	record  Record    // that the wait was read from or written to
	loaded  time.Time // when that was tried last
	unsaved bool      // the store does not know of the wait
	flying  int       // batches admitted and not observed, the probe aside
	probe   time.Time // of the wait, when this process last had the probe
}

// gate is that of a batch.
func (s *Spending) gate(b Spend) *gate {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := gateKey{b.Provider, b.TaskType}
	g := s.gates[key]
	if g == nil {
		g = &gate{key: key, record: Record{Key: s.recordKey(key)}}
		s.gates[key] = g
	}
	return g
}

// recordKey is where the wait is in the store.
func (s *Spending) recordKey(k gateKey) string {
	return strings.Join([]string{"quota", string(k.provider), s.cfg.Regions[k.provider], string(k.taskType)}, "/")
}

// takeOff takes note that a batch is admitted, maybe as the probe.
func (g *gate) takeOff(probe bool) {
	if probe {
		g.probe = g.wait.Probe
		return
	}
	g.flying++
}

// land takes note that a batch has ended, and reports whether that was the probe:
// nothing else was under way. In doubt it was not.
func (g *gate) land() bool {
	if g.flying > 0 {
		g.flying--
		return false
	}
	return true
}

// refresh looks at the store, if that is some time ago.
func (s *Spending) refresh(ctx context.Context, g *gate) {
	if g.loaded.IsZero() || s.cfg.Clock.Now().Sub(g.loaded) >= gateAge {
		s.load(ctx, g)
	}
}

// load takes the wait from the store. One that could not be written is written
// now, unless others have written meanwhile.
func (s *Spending) load(ctx context.Context, g *gate) {
	g.loaded = s.cfg.Clock.Now()
	if g.unsaved && s.save(ctx, g, g.wait) {
		return
	}
	patient, cancel := context.WithTimeout(ctx, gatePatience)
	defer cancel()
	records, err := s.cfg.Store.Get(patient, []string{g.record.Key})
	if err != nil {
		s.cfg.Log.WarnContext(ctx, "waits for quota cannot be read", "provider", g.key.provider, "task_type", g.key.taskType,
			"error_kind", KindOf(err), "error", err)
		return
	}
	g.record, g.wait, g.unsaved = records[0], readDayWait(records[0]), false
}

// change lets edit alter the wait, in the store too, however often others are
// faster; edit has to bear being called for each of their waits.
func (s *Spending) change(ctx context.Context, g *gate, edit func(dayWait) dayWait) {
	for range quotaTries {
		w := edit(g.wait)
		if w == g.wait || s.save(ctx, g, w) {
			return
		}
		s.load(ctx, g)
	}
}

// save writes a wait, and reports whether nobody was faster. If the store cannot
// be reached, it holds for this process alone.
func (s *Spending) save(ctx context.Context, g *gate, w dayWait) bool {
	patient, cancel := context.WithTimeout(ctx, gatePatience)
	defer cancel()
	r, err := w.write(g.record)
	var revisions []string
	if err == nil {
		revisions, err = s.cfg.Store.Put(patient, []Record{r})
	}
	switch {
	case err != nil:
		s.cfg.Log.WarnContext(ctx, "a wait for quota could not be written", "provider", g.key.provider, "task_type", g.key.taskType,
			"error_kind", KindOf(err), "error", err)
	case revisions[0] == "":
		return false
	case revisions[0] == Deleted:
		g.record = Record{Key: r.Key}
	default:
		g.record = r
		g.record.Revision = revisions[0]
	}
	s.note(ctx, g, w)
	g.wait, g.unsaved = w, err != nil
	return true
}

// note logs that a wait begins, goes on or ends.
func (s *Spending) note(ctx context.Context, g *gate, w dayWait) {
	switch {
	case w.waits() && !w.Until.Equal(g.wait.Until):
		s.cfg.Log.WarnContext(ctx, "the day's quota is spent, tasks wait", "provider", g.key.provider, "task_type", g.key.taskType,
			"until", w.Until, "reason", w.Reason, "probes", w.Probes)
	case g.wait.waits() && !w.waits():
		s.cfg.Log.InfoContext(ctx, "there is quota again, tasks go on", "provider", g.key.provider, "task_type", g.key.taskType)
	}
}
