package core

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
)

// History remembers which media completed before, so that a rule with when:
// replaced can tell a first upload, of which no cache holds a copy yet, from a
// replaced one.
type History struct {
	Store   Store
	Regions map[events.Provider]string // of the accounts; media IDs are a region's own
	Clock   clock.Clock
}

// Earlier reports whether an event of the same type was seen before on the same
// media and streams, and remembers this one for the given time. A repetition of
// the same event is no earlier one. The error is the store's.
func (h *History) Earlier(ctx context.Context, e events.Event, life time.Duration) (bool, error) {
	key, value := h.key(e), "seen:"+Identity(e)
	records, err := h.Store.Get(ctx, []string{key})
	if err != nil {
		return false, err
	}
	r := records[0]
	if r.Value != nil {
		return Identity(e) == "" || string(r.Value) != value, nil
	}
	r.Value, r.Expires = []byte(value), h.Clock.Now().Add(life)
	revisions, err := h.Store.Put(ctx, []Record{r})
	if err != nil {
		return false, err
	}
	if revisions[0] == "" { // another delivery came first: of this event, or of another one
		return h.Earlier(ctx, e, life)
	}
	return false, nil
}

// key is one for each media, event type and set of streams: the streams of one
// transcoding complete one by one, and that replaces none of them.
func (h *History) key(e events.Event) string {
	streams := make([]string, len(e.Streams))
	for i, s := range e.Streams {
		streams[i] = s.Format + "." + s.Definition
	}
	slices.Sort(streams)
	hash := sha256.Sum256([]byte(strings.Join(slices.Compact(streams), ",")))
	return strings.Join([]string{
		"completed", string(e.Provider), h.Regions[e.Provider], e.Type,
		base64.RawURLEncoding.EncodeToString(hash[:9]), e.MediaID,
	}, "/")
}
