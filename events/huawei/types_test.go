package huawei_test

import (
	"slices"
	"testing"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

func TestTypes(t *testing.T) {
	t.Parallel()
	types := huawei.Types()
	if len(types) != 9 || !slices.IsSorted(types) || len(slices.Compact(slices.Clone(types))) != len(types) {
		t.Errorf("not nine types, sorted and without doubles: %q", types)
	}
	for _, eventType := range types {
		if huawei.Kind(eventType) == events.Unknown {
			t.Errorf("%s has no kind", eventType)
		}
	}
	types[0] = "changed by the caller"
	if slices.Equal(types, huawei.Types()) {
		t.Error("a caller can change the list for the next one")
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for eventType, want := range map[string]events.Kind{
		"createComplete":       events.Uploaded,
		"transcodeComplete":    events.Transcoded,
		"TranscodeComplete":    events.Transcoded,
		"TRANSCODECOMPLETE":    events.Transcoded,
		"reviewComplete":       events.Reviewed,
		"parseComplete":        events.Other,
		"thumbnailComplete":    events.Other,
		"coverComplete":        events.Other,
		"audioExtractComplete": events.Other,
		"cutComplete":          events.Other,
		"concatComplete":       events.Other,
		"transcode":            events.Unknown,
		"deleteComplete":       events.Unknown,
		"":                     events.Unknown,
	} {
		if got := huawei.Kind(eventType); got != want {
			t.Errorf("Kind(%q) is %q, want %q", eventType, got, want)
		}
	}
}
