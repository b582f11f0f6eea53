package main

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestReport(t *testing.T) {
	t.Parallel()
	r := report{title: "trial: 3 of them"}
	r.sectionf("%d server", 1)
	r.notef("answered 200", "%d of %d", 2, 3)
	r.atMost("lost", 0, 0)
	r.atMost("calls / least calls", 1.25, 1.05)
	var text strings.Builder
	if err := r.write(&text); err != nil {
		t.Fatal(err)
	}
	want := `trial: 3 of them

1 server
  answered 200         2 of 3
  lost                 0      <= 0      pass
  calls / least calls  1.250  <= 1.050  MISSED
`
	if text.String() != want {
		t.Errorf("the report reads\n%s\nwant\n%s", text.String(), want)
	}
	if err := r.judgement(); err == nil || err.Error() != "1 of the bounds were missed" {
		t.Errorf("the judgement is %v", err)
	}
}

func TestReportThatPasses(t *testing.T) {
	t.Parallel()
	r := report{title: "trial"}
	var text strings.Builder
	if err := r.write(&text); err != nil || text.String() != "" {
		t.Errorf("a report without figures reads %q, %v", text.String(), err)
	}
	r.atMost("lost", 0, 0)
	if err := r.judgement(); err != nil {
		t.Errorf("the judgement is %v", err)
	}
}

func TestNoNumberMissesItsBound(t *testing.T) {
	t.Parallel()
	for _, value := range []float64{math.NaN(), math.Inf(1)} {
		r := report{}
		r.atMost("drain", value, 1)
		if r.judgement() == nil {
			t.Errorf("%v passes", value)
		}
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i+1) * time.Millisecond
	}
	for name, test := range map[string]struct {
		times []time.Duration
		q     float64
		want  time.Duration
	}{
		"of nothing": {nil, 0.5, 0},
		"of one":     {hundred[:1], 0.99, time.Millisecond},
		"least":      {hundred, 0, time.Millisecond},
		"median":     {hundred, 0.5, 50 * time.Millisecond},
		"p99":        {hundred, 0.99, 99 * time.Millisecond},
		"of two":     {hundred[:2], 0.99, 2 * time.Millisecond},
		"most":       {hundred, 1, 100 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := quantile(test.times, test.q); got != test.want {
				t.Errorf("quantile(%v) is %v, want %v", test.q, got, test.want)
			}
		})
	}
}
