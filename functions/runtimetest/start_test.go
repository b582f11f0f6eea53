package runtimetest_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

func TestStarts(t *testing.T) {
	t.Parallel()
	path, err := talker()
	if err != nil {
		t.Fatal(err)
	}
	medians, err := runtimetest.Starts(soon(t, patience), runtimetest.AWS(), 3, runtimetest.Launch{Path: path}, runtimetest.Launch{Path: path, Environ: []string{"A=1"}})
	if err != nil || len(medians) != 2 || slices.Min(medians) <= 0 {
		t.Errorf("got %v, %v", medians, err)
	}
	if _, err := runtimetest.Starts(t.Context(), runtimetest.AWS(), 1, runtimetest.Launch{Path: filepath.Join(t.TempDir(), "nothing")}); err == nil {
		t.Error("started what is not there")
	}
	// One that ends before it asks for anything.
	if _, err := runtimetest.Starts(soon(t, patience), runtimetest.AWS(), 1, runtimetest.Launch{Path: "/bin/false"}); err == nil || !strings.Contains(err.Error(), "exit status 1") {
		t.Errorf("got %v", err)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		times []time.Duration
		want  time.Duration
	}{{nil, 0}, {[]time.Duration{5}, 5}, {[]time.Duration{9, 1}, 5}, {[]time.Duration{9, 1, 2}, 2}, {[]time.Duration{4, 9, 1, 2}, 3}} {
		if got := runtimetest.Median(test.times); got != test.want {
			t.Errorf("the median of %v is %v, want %v", test.times, got, test.want)
		}
	}
}
