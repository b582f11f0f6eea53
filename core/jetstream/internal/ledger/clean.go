package ledger

import (
	"context"
	"time"
)

// cleaner removes what is of no use from the beginning of the log.
type cleaner struct {
	bytes  int       // the pages of the log, together, from next on
	next   uint64    // the first page that it has not looked at
	done   int       // the bytes before next that are not removed yet
	broken time.Time // when it last failed
}

const (
	// stride is how many pages are read at once.
	stride = 16
	// enough is how many bytes are removed at once. The log removes files of 4 MiB,
	// and notes of each page of a file that it cannot remove that it is gone.
	enough = 8 << 20
	// pause is how long nothing is cleaned after that has failed.
	pause = 10 * time.Second
)

// clean reads old pages, some more bytes than were written, and writes what is in
// use of them once more. If it fails, it does so again later: nobody has to know.
func (l *Ledger) clean(ctx context.Context, written int) {
	const share, least, most = 4, 256 << 10, 4 << 20
	if !l.cleaner.broken.IsZero() && l.clock.Now().Sub(l.cleaner.broken) < pause {
		return
	}
	l.cleaner.broken = time.Time{}
	var err error
	for left := min(max(share*written, least), most); left > 0 && err == nil && l.wasteful(); {
		var read int
		read, err = l.cleanSome(ctx)
		left -= max(1, read)
	}
	if err == nil && (l.cleaner.done >= enough || l.cleaner.done > 0 && !l.wasteful()) {
		if err = l.log.Purge(ctx, l.cleaner.next); err == nil {
			l.cleaner.done = 0
		}
	}
	if err != nil {
		l.cleaner.broken = l.clock.Now()
	}
}

// wasteful reports whether more than half of the log is of no use, and some.
func (l *Ledger) wasteful() bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	const twice = 2
	long := l.last-l.cleaner.next > pageMask/twice                                            // the index cannot tell more pages apart
	return (l.cleaner.bytes > twice*l.table.bytes+l.slack || long) && l.cleaner.next < l.last // one page stays, and its number with it
}

// cleanSome reads some pages, and returns how many bytes they have.
func (l *Ledger) cleanSome(ctx context.Context) (read int, err error) {
	numbers := make([]uint64, min(stride, l.last-l.cleaner.next))
	for i := range numbers {
		numbers[i] = l.cleaner.next + uint64(i)
	}
	pages, err := l.log.Read(ctx, numbers)
	if err != nil {
		return 0, err
	}
	var kept []entry
	for i, data := range pages {
		if data == nil {
			continue
		}
		read += len(data) + framing
		entries, err := decode(numbers[i], data)
		if err != nil {
			return 0, err
		}
		kept = append(kept, l.inUse(numbers[i], entries)...)
	}
	if err := l.move(ctx, kept); err != nil {
		return 0, err
	}
	l.cleaner.next += uint64(len(numbers))
	l.cleaner.bytes -= read
	l.cleaner.done += read
	return read, nil
}

// inUse is what the index names of a page, as it is written once more.
func (l *Ledger) inUse(number uint64, entries []entry) []entry {
	now := l.clock.Now()
	var kept []entry
	var over []found
	for _, e := range entries {
		hash := l.hashOf(e.key)
		switch {
		case e.value == nil || !l.names(hash, number):
			continue
		case momentOf(e.expire).over(now):
			over = append(over, found{e, hash, number})
			continue
		case e.born == 0:
			e.born = number
		}
		e.was, e.wasDue = number, e.due
		kept = append(kept, e)
	}
	l.forget(over)
	return kept
}

// names reports whether the index has a hash on a page.
func (l *Ledger) names(hash, page uint64) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var near [4]place
	for _, p := range l.table.places(hash, near[:0]) {
		if p.page == page {
			return true
		}
	}
	return false
}

// move writes entries on new pages.
func (l *Ledger) move(ctx context.Context, kept []entry) error {
	var pages []sheet
	var now filling
	for _, e := range kept {
		hash := l.hashOf(e.key)
		if !now.takes(hash, len(e.value)) {
			now = newFilling(hash, len(e.value))
			pages = append(pages, sheet{})
		}
		p := &pages[len(pages)-1]
		p.entries = append(p.entries, e)
	}
	for i := range pages {
		pages[i].data = encode(pages[i].entries)
	}
	_, err := l.append(ctx, pages)
	return err
}

// sweep takes out of the index what has expired, when an hour has begun.
func (l *Ledger) sweep() {
	this := hourOf(l.opened, l.clock.Now())
	if this == l.swept {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.table.sweep(this)
	l.agenda.sweep(this)
	l.swept = this
}
