package ledger

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// Due lists up to most records whose key begins with prefix and that are due, the
// earliest first.
func (l *Ledger) Due(ctx context.Context, prefix string, before time.Time, most int) ([]core.Record, error) {
	const window = 64 // a record may be large
	var due []core.Record
	listed := map[string]bool{}
	behind := appointment{due: math.MinInt64}
	for tries := 0; len(due) < most; {
		dates, hashes, places := l.dates(prefix, behind, momentOf(before), min(window, most-len(due)))
		if len(dates) == 0 {
			break
		}
		all, gone, err := l.open(ctx, hashes, places)
		if err != nil {
			return nil, err
		}
		if gone {
			tries++
			if tries == readTries {
				return nil, core.Errorf(core.Internal, "due: the pages of some of %d records are gone", len(dates))
			}
			continue
		}
		now := l.clock.Now()
		for i, d := range dates {
			kept, over := d.kept(all[i], now)
			l.forget(over)
			for _, f := range kept {
				if strings.HasPrefix(f.key, prefix) && !f.due.After(before) && !listed[f.key] && newest(all[i], f.key).page == f.page {
					listed[f.key] = true
					due = append(due, f.record())
				}
			}
		}
		behind = dates[len(dates)-1].appointment
	}
	slices.SortStableFunc(due, func(a, b core.Record) int {
		return cmp.Or(a.Due.Compare(b.Due), cmp.Compare(a.Key, b.Key))
	})
	return due[:min(len(due), max(0, most))], nil
}

// dates looks up what is due, and where.
func (l *Ledger) dates(prefix string, behind appointment, until moment, most int) (dates []dated, hashes []uint64, places [][]place) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	dates = l.agenda.after(prefix, behind, until, most)
	hashes, places = make([]uint64, len(dates)), make([][]place, len(dates))
	for i, d := range dates {
		hashes[i] = d.hash()
		places[i] = l.table.places(hashes[i], nil)
	}
	return dates, hashes, places
}

// kept is what is due as the appointment says, and what was and has expired.
func (d dated) kept(all []found, now time.Time) (kept, over []found) {
	for _, f := range all {
		switch {
		case momentOf(f.due) != d.due:
		case momentOf(f.expire).over(now):
			over = append(over, f)
		default:
			kept = append(kept, f)
		}
	}
	return kept, over
}
