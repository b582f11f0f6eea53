package jetstream

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// names are the subjects of a store.
type names struct {
	pages   string
	buckets string // .<number>
	entries string // .<slice>.<due>.<key>: what is due in a slice of time
	slices  string // .<slice>: a slice that has entries
}

func newNames(name string) names {
	return names{
		pages:   name + ".page",
		buckets: name + ".store.bucket.",
		entries: name + ".store.due.",
		slices:  name + ".store.slice.",
	}
}

// all is what the stream of the index listens to.
func (n names) all() []string { return []string{n.buckets + "*", n.entries + "*.*.*", n.slices + "*"} }

// bucketCount is how many buckets the index has. The server keeps a subject for
// each in memory, some 230 bytes, and a write of a record rewrites its bucket: of
// a million records, 30 places or 700 bytes.
const bucketCount = 1 << 15

// bucket is the subject of a key's bucket, and its mark in there.
func (n names) bucket(key string) (string, mark) {
	hash := sha256.Sum256([]byte(key))
	number := binary.BigEndian.Uint64(hash[:]) % bucketCount
	return n.buckets + strconv.FormatUint(number, 36), mark(hash[8:])
}

// sliceSize is how long a slice of time is: short enough that listing one is no
// work, long enough that there are not too many.
const sliceSize = 10 * time.Second

// slice is the number of the slice that a time is in.
func slice(t time.Time) int64 { return nanos(t) / int64(sliceSize) }

// nanos is a time as the index has it. Times before 1970 are all due at once.
func nanos(t time.Time) int64 { return max(0, t.UnixNano()) }

// entry is the subject of a record in the index.
func (n names) entry(due time.Time, key string) string {
	return fmt.Sprintf("%s%d.%d.%s", n.entries, slice(due), nanos(due), base64.RawURLEncoding.EncodeToString([]byte(key)))
}

// entriesIn matches the entries of a slice.
func (n names) entriesIn(slice int64) string {
	return n.entries + strconv.FormatInt(slice, 10) + ".*.*"
}

// parseEntry returns what a subject of the index names.
func (n names) parseEntry(subject string) (due int64, key string, ok bool) {
	tokens := strings.Split(strings.TrimPrefix(subject, n.entries), ".")
	if len(tokens) != 3 {
		return 0, "", false
	}
	due, err := strconv.ParseInt(tokens[1], 10, 64)
	if err != nil {
		return 0, "", false
	}
	text, err := base64.RawURLEncoding.DecodeString(tokens[2])
	return due, string(text), err == nil
}

// slice is the subject that says that a slice has entries.
func (n names) slice(slice int64) string { return n.slices + strconv.FormatInt(slice, 10) }

// parseSlice returns the slice that a subject is about.
func (n names) parseSlice(subject string) (int64, bool) {
	slice, err := strconv.ParseInt(strings.TrimPrefix(subject, n.slices), 10, 64)
	return slice, err == nil
}
