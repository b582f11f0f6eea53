package jetstream

import (
	"path/filepath"
	"testing"
)

func TestMissing(t *testing.T) {
	t.Parallel()
	before := extent{First: 10, Last: 20, Gone: []uint64{12, 13}}
	for name, test := range map[string]struct {
		is   extent
		want uint64
	}{
		"as it was":                 {before, 0},
		"more":                      {extent{First: 10, Last: 30, Gone: []uint64{12, 13, 25}}, 0},
		"not removed in the end":    {extent{First: 7, Last: 20, Gone: []uint64{8, 12, 13}}, 0},
		"the first is gone":         {extent{First: 11, Last: 20}, 10},
		"one between":               {extent{First: 10, Last: 20, Gone: []uint64{12, 13, 14}}, 14},
		"the last is gone":          {extent{First: 10, Last: 19, Gone: []uint64{12, 13}}, 20},
		"all are gone":              {extent{First: 21, Last: 20}, 10},
		"it was made anew":          {extent{First: 1, Last: 0}, 1},
		"those that were gone come": {extent{First: 10, Last: 20}, 0},
	} {
		if got := before.missing(test.is); got != test.want {
			t.Errorf("%s: %d is missing, want %d", name, got, test.want)
		}
	}
	if got := (extent{First: 1}).missing(extent{First: 5, Last: 9, Gone: []uint64{7}}); got != 0 {
		t.Errorf("nothing had to be there, and %d is missing", got)
	}
}

func TestExtentRoundTrip(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "log.json")
	if none, err := readExtent(name); none.Last != 0 || err != nil {
		t.Errorf("there is none: %+v, %v", none, err)
	}
	want := extent{First: 10, Last: 20, Gone: []uint64{12, 13}}
	for range 2 {
		if err := want.write(name); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := readExtent(name); err != nil || got.missing(want) != 0 || want.missing(got) != 0 || got.Last != want.Last {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if err := want.write(filepath.Join(name, "below")); err == nil {
		t.Error("written below a file")
	}
	if _, err := readExtent(filepath.Join(name, "below")); err == nil {
		t.Error("read below a file")
	}
}
