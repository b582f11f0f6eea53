package aliyun_test

import (
	"slices"
	"testing"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

func TestTypes(t *testing.T) {
	t.Parallel()
	types := aliyun.Types()
	if len(types) != 22 {
		t.Errorf("%d types, the user guide has 22", len(types))
	}
	if !slices.IsSorted(types) || len(slices.Compact(slices.Clone(types))) != len(types) {
		t.Errorf("not sorted, or with doubles: %q", types)
	}
	for _, eventType := range types {
		if aliyun.Kind(eventType) == events.Unknown {
			t.Errorf("%s has no kind", eventType)
		}
	}
	types[0] = "changed by the caller"
	if slices.Equal(types, aliyun.Types()) {
		t.Error("a caller can change the list for the next one")
	}
}

func TestKind(t *testing.T) {
	t.Parallel()
	for eventType, want := range map[string]events.Kind{
		"FileUploadComplete":         events.Uploaded,
		"TranscodeComplete":          events.Transcoded,
		"StreamTranscodeComplete":    events.StreamTranscoded,
		"SubmitMediaRefreshComplete": events.RefreshSubmitted,
		"CreateAuditComplete":        events.Reviewed,
		"DeleteMediaComplete":        events.Deleted,
		"RestoreMediaComplete":       events.Restored,
		"SnapshotComplete":           events.Other,
		"transcodecomplete":          events.Unknown,
		"AIVideoCensorComplete":      events.Unknown,
		"ALL":                        events.Unknown,
		"":                           events.Unknown,
	} {
		if got := aliyun.Kind(eventType); got != want {
			t.Errorf("Kind(%q) is %q, want %q", eventType, got, want)
		}
	}
}
