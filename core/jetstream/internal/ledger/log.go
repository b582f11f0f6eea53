package ledger

import (
	"context"
	"errors"
)

// Log is what a ledger is written in: pages in a row, numbered from one. A number
// is never used again, also when its page is removed.
type Log interface {
	// Bounds are the numbers of the first page that is there and of the latest that
	// was ever appended.
	Bounds(ctx context.Context) (first, last uint64, err error)
	// Append adds pages behind the one with the number last, and returns how many of
	// them it has added. With an error, any of the others may be added or not.
	// [ErrBehind] says that last is not the latest page.
	Append(ctx context.Context, last uint64, pages [][]byte) (added int, err error)
	// Read returns pages by their numbers, nil for one that was removed, or was lost
	// before the log was opened. Another that cannot be read is an error: what is taken
	// for lost, is not written once more.
	Read(ctx context.Context, numbers []uint64) ([][]byte, error)
	// Purge removes all pages before one, once those behind it are safe.
	Purge(ctx context.Context, before uint64) error
}

// ErrBehind is the error of a page that was to be appended behind another than the
// latest.
var ErrBehind = errors.New("the log has later pages")
