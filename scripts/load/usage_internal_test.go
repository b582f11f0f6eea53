package main

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	const status = "Name:\tvodrefresh\nVmPeak:\t 9000000 kB\nVmHWM:\t  131072 kB\nVmRSS:\t   65536 kB\nThreads:\t9\n"
	const stat = "42 (a (strange) name) S 1 42 42 0 -1 4194560 1 0 0 0 250 50 7 7 20 0 9 0 100 0 0\n"
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	for name, test := range map[string]struct {
		proc fstest.MapFS
		want usage
		err  string
	}{
		"as Linux tells it":   {fstest.MapFS{"42/status": file(status), "42/stat": file(stat)}, usage{64 << 20, 128 << 20, 3 * time.Second}, ""},
		"gone":                {fstest.MapFS{}, usage{}, "not exist"},
		"gone in between":     {fstest.MapFS{"42/status": file(status)}, usage{}, "not exist"},
		"no number of memory": {fstest.MapFS{"42/status": file("VmRSS:\tmuch"), "42/stat": file(stat)}, usage{}, "VmRSS of process 42"},
		"short":               {fstest.MapFS{"42/status": file(status), "42/stat": file("42 (x) S 1")}, usage{}, "2 fields after the name"},
		"no number of ticks":  {fstest.MapFS{"42/status": file(status), "42/stat": file(strings.Replace(stat, " 250 ", " few ", 1))}, usage{}, "stat of process 42"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := usageOf(test.proc, 42)
			if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
				t.Errorf("usage is %+v, %v; want %+v, %q", got, err, test.want, test.err)
			}
		})
	}
}

func TestUsageOfThisProcess(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		if _, err := usageOf(os.DirFS("/proc"), os.Getpid()); err == nil {
			t.Error("usage is known where there is no /proc")
		}
		return
	}
	got, err := usageOf(os.DirFS("/proc"), os.Getpid())
	if err != nil || got.resident < 1<<20 || got.peak < got.resident {
		t.Errorf("usage is %+v, %v", got, err)
	}
}
