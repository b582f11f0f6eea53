package core

import (
	"context"
	"time"
)

// Record is one entry of a [Store].
type Record struct {
	Key   string // any text of 1 to 512 bytes
	Value []byte // at most 64 KiB; nil says that there is none
	// Due is when [Store.Due] begins to list the record; zero for never.
	Due time.Time
	// Expires is when the record is gone by itself; zero for never. It may be
	// cleaned away later, but is never seen after that time.
	Expires time.Time
	// Revision changes with every write; empty says that there is no record.
	Revision string
}

// Store is durable state that several processes share: coverage, jobs,
// counters, quota. It is a table of records with compare-and-set; everything
// above that is built once, in this package. All methods are safe for
// concurrent use; an error is an [*Error], of kind Unavailable if the store
// cannot be reached, and means that any of the records may be written or not.
//
// core/storetest is the suite that a driver passes.
type Store interface {
	// Get reads records, in the order of their keys. One that does not exist has
	// an empty revision and no value.
	Get(ctx context.Context, keys []string) ([]Record, error)
	// Put writes each record whose revision is still that of the store (empty:
	// the record must not exist), and deletes it if Value is nil. It returns the
	// new revisions in order: an empty one says that somebody else was faster
	// and nothing was written, "deleted" that the record is gone. The same key
	// twice in one call is an error of kind Invalid.
	Put(ctx context.Context, records []Record) (revisions []string, err error)
	// Due lists up to most records whose key begins with prefix and that are due
	// at or before a time, the earliest first.
	Due(ctx context.Context, prefix string, before time.Time, most int) ([]Record, error)
	// Close ends the connection.
	Close() error
}

// Deleted is the revision that [Store.Put] returns for a record that it deleted.
const Deleted = "deleted"
