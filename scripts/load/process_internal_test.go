package main

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

func TestProcess(t *testing.T) {
	t.Parallel()
	sleep := func(ctx context.Context) *process {
		t.Helper()
		p, err := start(ctx, "sleeper", nil, io.Discard, io.Discard, "/bin/sleep", "60")
		if err != nil {
			t.Fatal(err)
		}
		if err := p.alive(); err != nil || p.pid() <= 0 {
			t.Fatalf("process %d at its start: %v", p.pid(), err)
		}
		return p
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	forgotten := sleep(ctx)
	cancel()
	<-forgotten.ended

	killed := sleep(context.Background())
	killed.kill()
	killed.kill() // again does nothing
	if err := killed.alive(); err == nil || !strings.Contains(err.Error(), "sleeper ended: signal: killed") {
		t.Errorf("after kill: %v", err)
	}

	stopped := sleep(context.Background())
	if err := stopped.stop(context.Background(), time.Minute); err == nil || !strings.Contains(err.Error(), "terminated after SIGTERM") {
		t.Errorf("one that does not end by itself: %v", err)
	}
	stubborn := sleep(context.Background())
	ended, now := context.WithCancel(context.Background())
	now()
	if err := stubborn.stop(ended, time.Minute); err == nil || stubborn.alive() == nil {
		t.Errorf("one that was given no time: %v", err)
	}
	if _, err := start(context.Background(), "nothing", nil, nil, nil, t.TempDir()); err == nil || !strings.HasPrefix(err.Error(), "start nothing: ") {
		t.Errorf("no program: %v", err)
	}
}

func TestPartThatDoesNotStart(t *testing.T) {
	t.Parallel()
	l := &lab{session: &session{clock: clock.System{}}, dir: t.TempDir()}
	defer l.clear()
	if _, _, err := l.part(context.Background(), "cluster"); err == nil || !strings.Contains(err.Error(), "did not say where it is: cluster ended: exit status 2") {
		t.Errorf("without its flags it ends with %v", err)
	}
}
