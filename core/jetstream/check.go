package jetstream

import (
	"encoding/json"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
)

// witnessFile lists the server's files as they were when it was closed. The server
// itself goes on without a word when files are damaged or gone. After a crash
// there is none: then the server decides, which drops what was half written.
const witnessFile = "files.json"

// witness is the size and checksum of each file, by its path below the folder.
type witness map[string]sum

type sum struct {
	Size int64  `json:"size"`
	CRC  uint32 `json:"crc32c"`
}

// check compares the files with the witness. The witness stays as long as they
// differ, and so does the error.
func check(dir string) error {
	name := filepath.Join(dir, witnessFile)
	data, err := os.ReadFile(name) //nolint:gosec // the operator's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var before witness
	if err == nil {
		err = json.Unmarshal(data, &before)
	}
	if err != nil {
		return core.Errorf(core.Internal, "%s cannot be read (remove it to go on without): %v", name, err)
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		is, err := summarise(filepath.Join(dir, path))
		if err == nil && is == before[path] {
			continue
		}
		what := "is damaged"
		if err != nil {
			what = "cannot be read"
		}
		return core.Errorf(core.Internal, "%s %s since the server was closed: put it back, or remove %s to go on with what is left",
			filepath.Join(dir, path), what, name)
	}
	if err := os.Remove(name); err != nil {
		return core.Errorf(core.Invalid, "data folder: %v", err)
	}
	return nil
}

// testify writes the witness, of a server that is closed.
func testify(dir string) error {
	now := witness{}
	err := filepath.WalkDir(filepath.Join(dir, "jetstream"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		now[below], err = summarise(path)
		return err
	})
	if err != nil {
		return core.Errorf(core.Unavailable, "close the NATS server: its files cannot be read: %v", err)
	}
	data, err := json.Marshal(now)
	if err == nil {
		err = replace(filepath.Join(dir, witnessFile), data)
	}
	if err != nil {
		return core.Errorf(core.Unavailable, "close the NATS server: %v", err)
	}
	return nil
}

func summarise(path string) (sum, error) {
	file, err := os.Open(path) //nolint:gosec // the operator's own folder
	if err != nil {
		return sum{}, err
	}
	hash := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	size, err := io.Copy(hash, file)
	return sum{size, hash.Sum32()}, errors.Join(err, file.Close())
}

// replace writes a file so that after a crash it is the old one or the new one. Nobody
// else writes it: the folder is locked.
func replace(name string, data []byte) (err error) {
	file, err := os.OpenFile(name+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600) //nolint:gosec // the operator's own folder
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), name)
}
