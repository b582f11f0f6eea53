package jetstream

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/vodrefresh/vodrefresh/core"
)

// writeMark writes down the last message of a stream that is on the disk. It overwrites a
// file of one size, which is not synced: a crash of the process leaves it as it is, and
// one of the machine may leave what was there before, which says less and nothing wrong.
func writeMark(name string, last uint64) (err error) {
	text := fmt.Appendf(nil, `{"last":%20d}`, last)
	file, err := os.OpenFile(name, os.O_WRONLY, 0o600) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return replace(name, text)
	}
	if err != nil {
		return err
	}
	_, err = file.WriteAt(text, 0)
	return errors.Join(err, file.Close())
}

// intact is an error if a stream of the embedded server ends before what was on the
// disk. What is missing further in front cannot be told from what was done with.
func (c *Conn) intact(stream jetstream.Stream) error {
	if c.server == nil {
		return nil
	}
	name := nameOf(stream)
	file := c.markFile(name)
	before, err := readExtent(file)
	if err != nil {
		return err
	}
	if last := stream.CachedInfo().State.LastSeq; last < before.Last {
		return damaged(name, file, last+1)
	}
	return nil
}

// damaged is the error for a stream that has lost a message.
func damaged(stream, file string, message uint64) error {
	return core.Errorf(core.Internal, "open stream %s: its files are damaged: message %d is gone: put them back, or remove %s to go on with what is left",
		stream, message, file)
}
