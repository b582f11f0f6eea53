package jetstream_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// oracle is what a record may be: what was acknowledged last, or what its writer was
// about to write when it was killed.
type oracle map[string][]core.Record

// hear takes the notes of one process in.
func (o oracle) hear(t *testing.T, notes io.Reader) (acknowledged int) {
	t.Helper()
	lines := bufio.NewReader(notes)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return acknowledged // half a line is no word
		}
		var n note
		if err := json.Unmarshal(line, &n); err != nil {
			t.Fatal(err)
		}
		for i, r := range n.Records {
			switch r.Revision = ""; {
			case len(n.Revisions) == 0:
				o[r.Key] = append(o[r.Key], r)
			case n.Revisions[i] == core.Deleted:
				acknowledged, o[r.Key] = acknowledged+1, []core.Record{{Key: r.Key}}
			default:
				r.Revision = n.Revisions[i]
				acknowledged, o[r.Key] = acknowledged+1, []core.Record{r}
			}
		}
	}
}

// agree compares a store with what may be in it, and takes it for what is.
func (o oracle) agree(t *testing.T, s core.Store) {
	t.Helper()
	due := map[string]core.Record{}
	listed, err := s.Due(t.Context(), "", noon.Add(time.Hour), 2*churners*keysEach)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range listed {
		due[r.Key] = r
	}
	for w := range churners {
		records, err := s.Get(t.Context(), keysOf(w))
		if err != nil {
			t.Fatal(err)
		}
		for _, is := range records {
			if !o.allows(is) {
				t.Errorf("%s has %d bytes and revision %q, which nobody wrote last", is.Key, len(is.Value), is.Revision)
			}
			if d := due[is.Key]; is.Due.IsZero() != (d.Revision == "") || d.Revision != "" && d.Revision != is.Revision {
				t.Errorf("%s is due %v with revision %q, and listed with %q", is.Key, is.Due, is.Revision, d.Revision)
			}
			o[is.Key] = []core.Record{is}
		}
	}
}

func (o oracle) allows(is core.Record) bool {
	for _, r := range o[is.Key] {
		if bytes.Equal(is.Value, r.Value) && (is.Value == nil) == (r.Value == nil) && is.Due.Equal(r.Due) && is.Expires.Equal(r.Expires) &&
			(r.Revision == "" || r.Revision == is.Revision) {
			return true
		}
	}
	return false
}

// TestKilledWhileCleaning: a process that writes as fast as it can, and cleans all
// the time, is killed at random; what it was told is there, and nothing older.
func TestKilledWhileCleaning(t *testing.T) {
	t.Parallel()
	kills := 6
	if n, err := strconv.Atoi(os.Getenv("JETSTREAM_TEST_KILLS")); err == nil {
		kills = n
	}
	dir, o, purged := t.TempDir(), oracle{}, false
	for w := range churners {
		for _, key := range keysOf(w) {
			o[key] = []core.Record{{Key: key}}
		}
	}
	for kill := range kills {
		cmd := exec.Command(os.Args[0]) //nolint:gosec // this very test
		cmd.Env = append(os.Environ(), envDir+"="+dir, envChurn+"="+strconv.Itoa(kill))
		var says strings.Builder
		cmd.Stderr = &says
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(400+rand.IntN(1600))*time.Millisecond, func() { _ = cmd.Process.Kill() })
		acknowledged := o.hear(t, out)
		timer.Stop()
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil || says.Len() > 0 {
			t.Fatalf("the process was not killed: %v, %s", err, says.String())
		}
		server, err := jetstream.Start(t.Context(), jetstream.Config{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		conn, err := server.Connect()
		if err != nil {
			t.Fatal(err)
		}
		s, err := conn.OpenTight(t.Context(), tight)
		if err != nil {
			t.Fatal(err)
		}
		first, last, err := conn.LogBounds(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		purged = purged || first > 1
		t.Logf("kill %d: %d acknowledged, pages %d to %d", kill, acknowledged, first, last)
		o.agree(t, s)
		if err := errors.Join(conn.Close(), server.Close()); err != nil {
			t.Fatal(err)
		}
		if t.Failed() {
			return
		}
	}
	if !purged {
		t.Error("nothing was removed from the log")
	}
}
