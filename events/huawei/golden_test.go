package huawei_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// The made-up IDs that the fixtures share.
const (
	asset  = "14d7b2faba0dddd6b4e8936272d6bc3f"
	fresh  = "81b89afdb5e6c94c68e5028b2747b1f0"
	videos = "https://179.cdn-vod.example.com/asset/" + asset + "/play_video/"
)

// golden is what every fixture decodes to, by file name without .json. Left
// out are Provider, Raw, and Type, which begins the file name.
func golden() map[string]events.Event {
	done := func(kind events.Kind, id string, streams ...events.Stream) events.Event {
		return events.Event{Kind: kind, MediaID: id, Status: events.Success, Streams: streams}
	}
	failed := func(kind events.Kind, id, code, message string) events.Event {
		return events.Event{Kind: kind, MediaID: id, Status: events.Failure, ErrorCode: code, ErrorMessage: message}
	}
	judged := func(verdict events.Review) events.Event {
		return events.Event{Kind: events.Reviewed, MediaID: asset, Status: events.Success, Review: verdict}
	}
	stream := func(format, definition, file string) events.Stream {
		return events.Stream{Format: format, Definition: definition, Status: events.Success, URL: videos + file}
	}
	camel := failed(events.Transcoded, asset, "VOD.10051", "The transcoding failed.")
	camel.Streams = []events.Stream{{Format: "m3u8", Definition: "HD", Status: events.Failure, URL: videos + "index.m3u8"}}
	return map[string]events.Event{
		"transcodeComplete_succeed": done(events.Transcoded, asset,
			stream("m3u8", "", "index.m3u8"),
			stream("m3u8", "HD", "58c6433759c2be34818085006af42d1e_1_1280X720_1500_0.m3u8"),
			stream("m3u8", "FD", "58c6433759c2be34818085006af42d1e_1_640X360_600_0.m3u8")),
		"transcodeComplete_mp4": done(events.Transcoded, asset,
			stream("mp4", "HD", "a_1280X720.mp4"), stream("mp4", "", "a_1920X1080.mp4")),
		"transcodeComplete_dash": done(events.Transcoded, asset,
			stream("", "", "index.mpd"), stream("", "SD", "sd.mpd")),
		"transcodeComplete_failed":                         failed(events.Transcoded, asset, "VOD.10051", "The transcoding failed."),
		"transcodeComplete_trap_capital_type":              done(events.Transcoded, asset),
		"transcodeComplete_trap_names_without_underscores": camel,
		"createComplete_succeed":                           done(events.Uploaded, fresh),
		"createComplete_failed":                            failed(events.Uploaded, fresh, "VOD.10013", ""),
		"audioExtractComplete_succeed":                     done(events.Other, fresh),
		"cutComplete_succeed":                              done(events.Other, fresh),
		"concatComplete_succeed":                           done(events.Other, fresh),
		"parseComplete_succeed":                            done(events.Other, fresh),
		"thumbnailComplete_succeed":                        done(events.Other, asset),
		"coverComplete_succeed":                            done(events.Other, asset),
		"coverComplete_failed_trap_null_text":              failed(events.Other, asset, "VOD.10013", ""),
		"reviewComplete_block":                             judged(events.Blocked),
		"reviewComplete_pass":                              judged(events.Passed),
		"reviewComplete_trap_lower_case":                   judged(events.Undecided),
		"subtitleComplete_unknown":                         done(events.Unknown, asset),
	}
}

func TestDecodeFixtures(t *testing.T) {
	t.Parallel()
	for name, want := range golden() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := fixture(t, name)
			want.Provider, want.Raw = events.Huawei, text
			want.Type, _, _ = strings.Cut(name, "_")
			got, err := huawei.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("\n got %s\nwant %s", show(got), show(want))
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
	for name := range golden() {
		eventType, _, _ := strings.Cut(name, "_")
		have = append(have, eventType)
	}
	for _, eventType := range huawei.Types() {
		if !slices.Contains(have, eventType) {
			t.Errorf("no fixture for %s in %s", eventType, folder)
		}
	}
}

func TestFixturesNameNobody(t *testing.T) {
	t.Parallel()
	for name := range golden() {
		text, err := os.ReadFile(filepath.Join(folder, name+".json"))
		if err != nil {
			t.Fatal(err)
		}
		for _, rest := range strings.Split(string(text), "://")[1:] {
			if host, _, _ := strings.Cut(rest, "/"); !strings.HasSuffix(host, ".example.com") {
				t.Errorf("%s: host %q is not below example.com", name, host)
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
