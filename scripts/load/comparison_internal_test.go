package main

import (
	"slices"
	"testing"
	"time"
)

func TestMilestones(t *testing.T) {
	t.Parallel()
	var calls []submission
	for i := range 10 {
		calls = append(calls, submission{Answered: noon().Add(time.Duration(10-i) * time.Second), Media: []string{"a", "b"}})
	}
	want := []time.Duration{5 * time.Second, 10 * time.Second}
	if got := milestones(calls, noon(), 0.5, 0.99); !slices.Equal(got, want) {
		t.Errorf("the milestones are %v, want %v", got, want)
	}
	if got := milestones(nil, noon(), 0.5); !slices.Equal(got, []time.Duration{0}) {
		t.Errorf("the milestones of nothing are %v", got)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	at := func(s float64) time.Time { return noon().Add(time.Duration(s * float64(time.Second))) }
	call := func(from, to float64, media ...string) submission {
		return submission{Arrived: at(from), Answered: at(to), Verdict: accepted, Media: media}
	}
	one := []death{{killed: at(10), restarted: at(11)}}
	for name, test := range map[string]struct {
		wanted             []string
		calls              []submission
		deaths             []death
		lost, twice, spare []string
		inFlight           int
	}{
		"nothing":                       {},
		"each once":                     {wanted: []string{"a", "b"}, calls: []submission{call(1, 2, "a", "b")}},
		"one lost":                      {wanted: []string{"a", "b"}, calls: []submission{call(1, 2, "a")}, lost: []string{"b"}},
		"one that nobody waits for":     {calls: []submission{call(1, 2, "a")}},
		"one twice":                     {wanted: []string{"a"}, calls: []submission{call(1, 2, "a"), call(3, 4, "a")}, twice: []string{"a"}, spare: []string{"a"}},
		"twice, long before a death":    {calls: []submission{call(1, 2, "a"), call(3, 4, "a")}, deaths: one, twice: []string{"a"}, spare: []string{"a"}},
		"twice, on the wire at a death": {calls: []submission{call(9, 12, "a"), call(50, 51, "a")}, deaths: one, twice: []string{"a"}, inFlight: 1},
		"twice, just answered":          {calls: []submission{call(9, 9.9, "a", "b"), call(50, 51, "a")}, deaths: one, twice: []string{"a"}, inFlight: 2},
		"twice, answered a while ago":   {calls: []submission{call(9, 9.7, "a"), call(50, 51, "a")}, deaths: one, twice: []string{"a"}, spare: []string{"a"}},
		"twice, by the next process":    {calls: []submission{call(11.5, 12, "a"), call(50, 51, "a")}, deaths: one, twice: []string{"a"}, spare: []string{"a"}},
		"once, on the wire at a death":  {wanted: []string{"a"}, calls: []submission{call(9, 12, "a")}, deaths: one, inFlight: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := compare(test.wanted, test.calls, test.deaths)
			if !slices.Equal(got.lost, test.lost) || !slices.Equal(got.twice, test.twice) ||
				!slices.Equal(got.spare, test.spare) || got.inFlight != test.inFlight {
				t.Errorf("compare finds %+v", got)
			}
		})
	}
}
