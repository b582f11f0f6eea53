package jetstream

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/vodrefresh/vodrefresh/core"
)

// disk syncs what the embedded server has stored. The server hands each message
// to the operating system before it acknowledges it, so that a crash of the
// process costs nothing; for a crash of the machine the files have to be synced,
// once for all messages that were stored together.
//
// A stream's messages are appended to numbered block files in
// jetstream/$G/streams/NAME/msgs, the highest of which is the one in use.
type disk struct {
	dir string

	mu    sync.Mutex
	first map[string]uint64 // by stream: the lowest block that may hold what is not synced
	last  map[string]uint64 // by stream: the last message that is marked as synced
}

const blockSuffix = ".blk"

func newDisk(dir string) *disk {
	return &disk{dir: dir, first: make(map[string]uint64), last: make(map[string]uint64)}
}

// sync returns once everything that a stream has stored is on the disk.
func (d *disk) sync(op, stream string) error {
	dir := filepath.Join(d.dir, "jetstream", "$G", "streams", stream, "msgs")
	d.mu.Lock()
	defer d.mu.Unlock()
	blocks, err := blocksOf(dir)
	if err != nil {
		return unsynced(op, err)
	}
	highest, known := d.first[stream]
	before := highest
	for _, block := range blocks {
		if known && block < before {
			continue
		}
		if err := syncFile(filepath.Join(dir, strconv.FormatUint(block, 10)+blockSuffix)); err != nil {
			return unsynced(op, err)
		}
		highest = max(highest, block)
	}
	if !known || highest > before { // a file is new, and so is its name
		if err := syncFile(dir); err != nil {
			return unsynced(op, err)
		}
	}
	d.first[stream] = highest
	return nil
}

// mark notes that a stream is synced up to a message, so that files that are cut off
// before it are noticed.
func (d *disk) mark(op, stream string, last uint64) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if last <= d.last[stream] {
		return nil
	}
	if err := writeMark(markName(d.dir, stream), last); err != nil {
		return &core.Error{Kind: core.Unavailable, Op: op, Message: "not marked as synced", Err: err}
	}
	d.last[stream] = last
	return nil
}

// blocksOf lists the numbers of the block files in a folder.
func blocksOf(dir string) ([]uint64, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var blocks []uint64
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), blockSuffix)
		if n, err := strconv.ParseUint(name, 10, 64); ok && err == nil {
			blocks = append(blocks, n)
		}
	}
	if len(blocks) == 0 {
		return nil, &fs.PathError{Op: "find the blocks in", Path: dir, Err: fs.ErrNotExist}
	}
	return blocks, nil
}

// syncFile syncs a file or a folder. A block that is gone needs no sync: all its
// messages are.
func syncFile(name string) error {
	file, err := os.Open(name) //nolint:gosec // the operator's own folder
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = file.Sync()
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

func unsynced(op string, err error) error {
	return &core.Error{Kind: core.Unavailable, Op: op, Message: "not synced to the disk", Err: err}
}
