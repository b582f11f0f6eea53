package events_test

import (
	"testing"

	"github.com/vodrefresh/vodrefresh/events"
)

// The zero event has to be harmless: nothing that a rule acts on may be the
// zero value of its type.
func TestZeroValuesSayNothing(t *testing.T) {
	t.Parallel()
	var zero events.Event
	for _, kind := range []events.Kind{
		events.Unknown, events.Uploaded, events.StreamTranscoded, events.Transcoded, events.Reviewed,
		events.Deleted, events.Restored, events.RefreshSubmitted, events.Other,
	} {
		if zero.Kind == kind {
			t.Errorf("the zero kind is %q", kind)
		}
	}
	for _, status := range []events.Status{events.Success, events.Failure, events.StatusUnknown} {
		if zero.Status == status {
			t.Errorf("the zero status is %q", status)
		}
	}
	for _, review := range []events.Review{events.Blocked, events.Passed, events.Undecided} {
		if zero.Review == review {
			t.Errorf("the zero review is %q", review)
		}
	}
	if zero.Status != events.StatusAbsent || zero.Review != events.ReviewAbsent || !zero.Time.IsZero() {
		t.Errorf("the zero event says something: %+v", zero)
	}
}

// The words are part of the logs, the metrics and the answers.
func TestWordsAreDistinct(t *testing.T) {
	t.Parallel()
	seen := map[events.Kind]bool{}
	for _, kind := range []events.Kind{
		events.Unknown, events.Uploaded, events.StreamTranscoded, events.Transcoded, events.Reviewed,
		events.Deleted, events.Restored, events.RefreshSubmitted, events.Other,
	} {
		if seen[kind] {
			t.Errorf("%q stands for two kinds", kind)
		}
		seen[kind] = true
	}
}
