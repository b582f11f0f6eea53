package runtimetest

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"sync"
)

// Binaries are the programs that the tests of a package need, each built once,
// when it is first asked for. The zero value is ready; Remove it in the end.
type Binaries struct {
	Tags []string // build tags

	mu    sync.Mutex
	dir   string
	built map[string]string // paths, by the package
}

// Path is that of a program, by the folder of its package.
func (b *Binaries) Path(ctx context.Context, from string) (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if path, ok := b.built[from]; ok {
		return path, nil
	}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "vodrefresh-binaries-")
		if err != nil {
			return "", err
		}
		b.dir, b.built = dir, make(map[string]string)
	}
	path := filepath.Join(b.dir, strconv.Itoa(len(b.built)))
	if err := Build(ctx, from, path, "", b.Tags...); err != nil {
		return "", err
	}
	b.built[from] = path
	return path, nil
}

// Remove removes the programs.
func (b *Binaries) Remove() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		return nil
	}
	err := os.RemoveAll(b.dir)
	b.dir, b.built = "", nil
	return err
}

// Compare starts a program as often as is said, in turn with one that does nothing,
// and returns the medians of their times to the first request for an event.
func (b *Binaries) Compare(
	ctx context.Context, dialect Dialect, times int, nothing, program string, environ ...string,
) (c Comparison, err error) {
	base, err := b.Path(ctx, nothing)
	if err != nil {
		return c, err
	}
	path, err := b.Path(ctx, program)
	if err != nil {
		return c, err
	}
	medians, err := Starts(ctx, dialect, times, Launch{Path: base}, Launch{Path: path, Environ: environ})
	if err != nil {
		return c, err
	}
	return Comparison{medians[0], medians[1]}, nil
}
