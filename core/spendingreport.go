package core

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// QuotaWait is what waits for a new day, for operators.
type QuotaWait struct {
	Provider events.Provider `json:"provider"`
	TaskType TaskType        `json:"task_type"`
	// Until is when one batch tries again, before the others come; once it has
	// passed, the next batch does.
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
	Probes int       `json:"probes"` // that were in vain today
	// Refused says that the platform's word, not a count, began the wait.
	Refused bool `json:"-"`
}

// Waits lists what waits for a new day in all processes, by provider and task
// type. The error is the store's.
func (s *Spending) Waits(ctx context.Context) ([]QuotaWait, error) {
	var all []gateKey
	var keys []string
	for provider := range s.cfg.Meters {
		for _, task := range []TaskType{Refresh, Preload} {
			key := gateKey{provider, task}
			all, keys = append(all, key), append(keys, s.recordKey(key))
		}
	}
	if len(keys) == 0 {
		return nil, nil
	}
	records, err := s.cfg.Store.Get(ctx, keys)
	if err != nil {
		return nil, err
	}
	var waits []QuotaWait
	for i, r := range records {
		if w := readDayWait(r); w.waits() {
			waits = append(waits, QuotaWait{all[i].provider, all[i].taskType, w.Until, w.Reason, w.Probes, w.Refused})
		}
	}
	slices.SortFunc(waits, func(a, b QuotaWait) int {
		return cmp.Or(cmp.Compare(a.Provider, b.Provider), cmp.Compare(a.TaskType, b.TaskType))
	})
	return waits, nil
}
