package runtimetest

import (
	"fmt"
	"io"
	"math"
	"os"
)

// output is what a process writes, read while it does. It is a file and not a pipe:
// a pipe is emptied some time later, so that a log could lack what the program wrote
// before it answered.
type output struct {
	file *os.File
}

// newOutput makes a file without a name, which is gone with the last reference to it.
func newOutput() (output, error) {
	file, err := os.CreateTemp("", "vodrefresh-output-")
	if err != nil {
		return output{}, fmt.Errorf("make a file for the output: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		return output{}, fmt.Errorf("take the name of the output away: %w", err)
	}
	return output{file: file}, nil
}

// String is everything so far.
func (o output) String() string {
	text, err := io.ReadAll(io.NewSectionReader(o.file, 0, math.MaxInt64))
	if err != nil {
		return fmt.Sprintf("%s (and then: %v)", text, err)
	}
	return string(text)
}
