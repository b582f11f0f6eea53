package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// extent says which messages of a stream have to be there, in a file beside those of
// the server. After a crash the server goes on without a word when blocks are
// damaged or gone: it cuts off what it cannot read.
type extent struct {
	First uint64 `json:"first"` // those before it may have been removed
	Last  uint64 `json:"last"`  // those up to it were on the disk
	// Gone are those between that were lost with the machine: they were not on the
	// disk yet.
	Gone []uint64 `json:"gone,omitempty"`
}

// markEvery is how old the file gets while messages are stored. If later ones are
// missing, a crash of the machine has cost them.
const markEvery = 10 * time.Second

// markFile is where the extent of a stream of an embedded server is.
func (c *Conn) markFile(stream string) string { return markName(c.server.cfg.Dir, stream) }

func markName(dir, stream string) string { return filepath.Join(dir, stream+".json") }

// readExtent reads an extent: of nothing, if there is none.
func readExtent(name string) (e extent, err error) {
	data, err := os.ReadFile(name) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return extent{}, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &e)
	}
	if err != nil {
		return extent{}, core.Errorf(core.Internal, "%s cannot be read (remove it to go on without): %v", name, err)
	}
	return e, nil
}

// missing is a message that should be there and is not, zero if all are.
func (e extent) missing(is extent) uint64 {
	switch {
	case e.Last == 0:
		return 0
	case is.First > e.First:
		return e.First
	case is.Last < e.Last:
		return is.Last + 1
	}
	for _, gone := range is.Gone {
		if _, known := slices.BinarySearch(e.Gone, gone); !known && e.First <= gone && gone <= e.Last {
			return gone
		}
	}
	return 0
}

// extentOf is that of a stream as it is now.
func extentOf(ctx context.Context, stream jetstream.Stream) (extent, error) {
	info, err := stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return extent{}, failure("look into the log", err)
	}
	slices.Sort(info.State.Deleted)
	return extent{First: max(1, info.State.FirstSeq), Last: info.State.LastSeq, Gone: info.State.Deleted}, nil
}

// write replaces the file of an extent.
func (e extent) write(name string) error {
	data, err := json.Marshal(e)
	if err == nil {
		err = replace(name, data)
	}
	if err != nil {
		return core.Errorf(core.Unavailable, "mark what is on the disk: %v", err)
	}
	return nil
}
