package runtimetest

import "testing"

func TestResident(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]int64{
		"Name:\tx\nVmRSS:\t    1234 kB\nVmData:\t1 kB\n": 1234 << 10,
		"Name:\tx\n":            -1,
		"VmRSS:\tmany kB\n":     -1,
		"":                      -1,
		"VmRSSx:\t 1 kB\nVmRSS": -1,
	} {
		got, err := resident(status)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("%q says %d, %v, want %d", status, got, err, want)
		}
	}
}
