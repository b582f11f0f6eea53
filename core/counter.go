package core

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// NoLimit lets a counter grow without end.
const NoLimit = -1

// countTries bounds how often a count is tried again because somebody else
// counted meanwhile. Each time, one of them gets through.
const countTries = 128

// Count adds n to the counter at key, unless that would take it over the limit
// ([NoLimit] for none): then ok is false and nothing is counted. A negative n gives
// back, down to zero. The total is what the counter holds after the call. A
// counter that does not exist is zero; it is gone after expires (zero for
// never), which each count sets anew.
//
// Count is for counters with few writers at a time, such as one of a media and
// day. The error is the store's, or of kind Unavailable if others were faster
// 128 times in a row, or of kind Internal if the record holds no number; nothing
// is known to be counted then.
func Count(ctx context.Context, store Store, key string, n, limit int, expires time.Time) (total int, ok bool, err error) {
	for range countTries {
		records, err := store.Get(ctx, []string{key})
		if err != nil {
			return 0, false, err
		}
		r := records[0]
		total = 0
		if r.Value != nil {
			if total, err = strconv.Atoi(string(r.Value)); err != nil {
				return 0, false, &Error{
					Kind: Internal, Err: err,
					Message: fmt.Sprintf("counter %s holds %s, which is no number", Quote(key), Quote(string(r.Value))),
				}
			}
		}
		next := max(0, total+n)
		if n > 0 && limit != NoLimit && next > limit {
			return total, false, nil
		}
		r.Value, r.Expires = strconv.AppendInt(nil, int64(next), 10), expires
		revisions, err := store.Put(ctx, []Record{r})
		switch {
		case err != nil:
			return 0, false, err
		case revisions[0] != "":
			return next, true, nil
		}
	}
	return 0, false, Errorf(Unavailable, "counter %s was changed by others %d times in a row", Quote(key), countTries)
}
