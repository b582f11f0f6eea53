package main_test

import (
	"bytes"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// A thousand invocations leave memory and goroutines as they were after the
// first hundred.
func TestAThousandInvocations(t *testing.T) {
	t.Parallel()
	const before, after, slack = 100, 1000, 6 << 20
	const connections = 10 // goroutines of those that may be open at the moment
	environ := append(fctest.Environ(config.Refresh, requesttest.Platform(t)), "LOG_LEVEL=error", "ALIYUN_RATE=1000")
	p := start(t, environ...)
	resident := func(invocations int) int64 {
		t.Helper()
		for n := range invocations {
			payload := envelopetest.Timer()
			if n%2 == 0 {
				payload = envelopetest.Queue(string(requesttest.Transcoded("media-1")), "{}")
			}
			invoke(t, p, runtimetest.Event{Payload: payload, Header: role(requesttest.AccessKeyID, requesttest.AccessKeySecret, "")})
		}
		bytes, err := p.Resident()
		if err != nil {
			t.Fatal(err)
		}
		return bytes
	}
	early := resident(before)
	late := resident(after)
	t.Logf("resident after %d invocations %d KiB, after %d more %d KiB", before, early>>10, after, late>>10)
	if late > early+slack {
		t.Errorf("%d KiB after %d invocations, %d KiB after %d more", early>>10, before, late>>10, after)
	}
	few, many := goroutines(t, environ, before/10), goroutines(t, environ, after)
	t.Logf("%d goroutines after %d invocations, %d after %d", few, before/10, many, after)
	if many > few+connections {
		t.Errorf("%d goroutines after %d invocations, %d after %d", few, before/10, many, after)
	}
}

// goroutines counts those of a program after so many invocations: SIGQUIT makes
// the runtime write all of them.
func goroutines(t *testing.T, environ []string, invocations int) int {
	t.Helper()
	api, err := runtimetest.Listen(t.Context(), runtimetest.FunctionCompute())
	if err != nil {
		t.Fatal(err)
	}
	defer api.Close()
	var stacks bytes.Buffer
	cmd := exec.CommandContext(t.Context(), built(t, function)) //nolint:gosec // built for this
	cmd.Env = append([]string{api.Variable(), "GOTRACEBACK=all"}, environ...)
	cmd.Stderr = &stacks
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range invocations {
		if _, err := api.Invoke(t.Context(), runtimetest.Event{
			Payload: envelopetest.Queue(string(requesttest.Transcoded("media-1"))), Header: role(requesttest.AccessKeyID, requesttest.AccessKeySecret, ""),
		}); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(100 * time.Millisecond) // what the last invocation began has ended
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it says that it was ended
	count := strings.Count(stacks.String(), "\ngoroutine ")
	if count < 2 {
		t.Fatalf("no goroutines in what the program wrote: %s", stacks.String())
	}
	return count
}
