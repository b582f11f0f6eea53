package ledger_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// tape is a log in memory.
type tape struct {
	mu     sync.Mutex
	first  uint64
	pages  [][]byte // from first on; nil for one that was lost
	purges int

	// deaf, if it is not nil, says what becomes of the pages of an Append whose
	// answer is lost: how many of them are stored.
	deaf func(pages int) (stored int)
	// reading, if it is not nil, is an error of Read, or nil.
	reading func() error
	// purging, if it is not nil, is the error of Purge.
	purging error
}

var (
	_ ledger.Log = (*tape)(nil)

	errLost = &core.Error{Kind: core.Unavailable, Op: "put", Message: "no answer in time", Err: errors.New("lost")}
)

func newTape() *tape { return &tape{first: 1} }

func (l *tape) last() uint64 { return l.first + uint64(len(l.pages)) - 1 }

func (l *tape) Bounds(context.Context) (first, last uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first, l.last(), nil
}

func (l *tape) Append(_ context.Context, last uint64, pages [][]byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last != l.last() {
		return 0, ledger.ErrBehind
	}
	if l.deaf != nil {
		if stored := l.deaf(len(pages)); stored >= 0 {
			l.pages = append(l.pages, pages[:stored]...)
			return 0, errLost
		}
	}
	l.pages = append(l.pages, pages...)
	return len(pages), nil
}

func (l *tape) Read(_ context.Context, numbers []uint64) ([][]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.reading != nil {
		if err := l.reading(); err != nil {
			return nil, err
		}
	}
	pages := make([][]byte, len(numbers))
	for i, n := range numbers {
		if n >= l.first && n <= l.last() {
			pages[i] = l.pages[n-l.first]
		}
	}
	return pages, nil
}

func (l *tape) Purge(_ context.Context, before uint64) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.purging != nil {
		return l.purging
	}
	l.purges++
	for l.first < before && len(l.pages) > 0 {
		l.first, l.pages = l.first+1, l.pages[1:]
	}
	return nil
}

// copy is what a crash leaves: the pages, and none of the faults.
func (l *tape) copy() *tape {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &tape{first: l.first, pages: slices.Clone(l.pages)}
}

// size is the bytes of all pages.
func (l *tape) size() (bytes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range l.pages {
		bytes += len(p)
	}
	return bytes
}
