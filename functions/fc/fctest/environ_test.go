package fctest_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
)

func ExampleEnviron() {
	for _, line := range fctest.Environ(config.Callback, "http://127.0.0.1:8080") {
		if strings.HasPrefix(line, "FUNCTION=") || strings.HasPrefix(line, "ALIBABA_CLOUD_") {
			fmt.Println(line)
		}
	}
	// Output: FUNCTION=callback
}

// Lines of several writers stay whole.
func TestLog(t *testing.T) {
	t.Parallel()
	var log fctest.Log
	var running sync.WaitGroup
	for n := range 4 {
		running.Go(func() {
			for range 100 {
				fmt.Fprintln(&log, n, log.String() != "x")
			}
		})
	}
	running.Wait()
	for line := range strings.Lines(log.String()) {
		if len(line) != len("0 true\n") {
			t.Fatalf("got a line %q", line)
		}
	}
	if lines := strings.Count(log.String(), "\n"); lines != 400 {
		t.Errorf("%d lines, want 400", lines)
	}
}
