package aliyun_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

// The made-up IDs and the time that the fixtures share.
const (
	video    = "cb6ae50a7b45103503a349b5449b1a2c"
	media    = "a8c956b7f9b056f2cf3b4f58f0797191"
	image    = "a3a2dfef34ce0887747a6e7b3b92cbce"
	attached = "97d1808fe5eefbcf7930191a03c99c19"
	job      = "2576bd5d392919a2eed3897888c6ebea"
	job1     = "0de41003e2675b12181f84400828c41c"
	job2     = "ffd3e9d9e37d90d9df931cb4bb861ed1"
	job3     = "eaddc2b2116afce912e85b4527050b87"
	task     = "a42272d2492f1cc12f5a29d62d1d8214"
	source   = "http://outin-example.oss.example.com/"
)

// golden is what every fixture decodes to, by file name without .json. Left
// out are Provider, Raw, Type (it begins the file name) and Time where it is
// 2026-03-20T07:49:17Z.
func golden() map[string]events.Event {
	all := map[string]events.Event{}
	for _, family := range []map[string]events.Event{uploads(), transcodings(), reviews(), changes()} {
		maps.Copy(all, family)
	}
	for name, want := range all {
		want.Provider = events.Aliyun
		want.Type, _, _ = strings.Cut(name, "_")
		if want.Time.IsZero() {
			want.Time = time.Date(2026, 3, 20, 7, 49, 17, 0, time.UTC)
		}
		all[name] = want
	}
	return all
}

func TestDecodeFixtures(t *testing.T) {
	t.Parallel()
	for name, want := range golden() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := fixture(t, name)
			want.Raw = body
			for form, sent := range map[string][]byte{
				"plain":               body,
				"base64":              []byte(base64.StdEncoding.EncodeToString(body)),
				"base64, not padded":  []byte(base64.RawStdEncoding.EncodeToString(body)),
				"base64, end of line": []byte(base64.StdEncoding.EncodeToString(body) + "\r\n"),
			} {
				got, err := aliyun.Decode(sent)
				if err != nil {
					t.Fatalf("%s: %v", form, err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Errorf("%s:\n got %s\nwant %s", form, show(got), show(want))
				}
			}
		})
	}
}

func TestEveryFixtureIsInTheTable(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	table := golden()
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		if _, ok := table[name]; !ok {
			t.Errorf("%s is not in the table of golden events", file)
		}
		delete(table, name)
	}
	for name := range table {
		t.Errorf("%s has no file in %s", name, folder)
	}
}

func TestEveryTypeHasAFixture(t *testing.T) {
	t.Parallel()
	var have []string
	for _, event := range golden() {
		have = append(have, event.Type)
	}
	for _, eventType := range aliyun.Types() {
		if !slices.Contains(have, eventType) {
			t.Errorf("no fixture for %s in %s", eventType, folder)
		}
	}
}

func TestFixturesNameNobody(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, rest := range strings.Split(string(body), "://")[1:] {
			host, _, _ := strings.Cut(rest, "/")
			if !strings.HasSuffix(host, ".example.com") {
				t.Errorf("%s: host %q is not below example.com", file, host)
			}
		}
	}
}

// show is an event without its body, for a failure that can be read.
func show(e events.Event) string {
	e.Raw = nil
	text, err := json.Marshal(e)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
