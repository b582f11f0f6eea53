package runtimetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Program is a built program that runs against an [API]. Make one with [Start].
type Program struct {
	*API

	cmd     *exec.Cmd
	out     output
	err     output
	started time.Time
	ended   chan struct{} // closed when the process has ended
}

// Start runs a program with an environment that has nothing in it but what is
// given and the address of the API, which is the program's own.
func Start(ctx context.Context, dialect Dialect, path string, environ ...string) (*Program, error) {
	p := &Program{ended: make(chan struct{})}
	var err error
	if p.out, err = newOutput(); err != nil {
		return nil, err
	}
	if p.err, err = newOutput(); err != nil {
		return nil, err
	}
	if p.API, err = Listen(ctx, dialect); err != nil {
		return nil, err
	}
	p.cmd = exec.Command(path) //nolint:noctx // built for this; Close ends it
	p.cmd.Env = append([]string{p.Variable()}, environ...)
	p.cmd.Stdout, p.cmd.Stderr = p.out.file, p.err.file
	p.started = p.clock.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", path, err), p.API.Close())
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.ended)
	}()
	return p, nil
}

// Ready waits until the program asks for its first event, and returns the time
// from before it was started until then. An error is that it ended before.
func (p *Program) Ready(ctx context.Context) (time.Duration, error) {
	ctx, cancel := p.living(ctx)
	defer cancel()
	at, err := p.FirstNext(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w; it wrote: %s", context.Cause(ctx), p.Stderr())
	}
	return at.Sub(p.started), nil
}

// Invoke is [API.Invoke]; it also ends in an error when the program does.
func (p *Program) Invoke(ctx context.Context, e Event) (Result, error) {
	living, cancel := p.living(ctx)
	defer cancel()
	r, err := p.API.Invoke(living, e)
	if err != nil && ctx.Err() == nil {
		err = context.Cause(living)
	}
	return r, err
}

// living ends when the program does.
func (p *Program) living(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := make(chan struct{})
	go func() {
		select {
		case <-p.ended:
			cancel(fmt.Errorf("the program ended: %s", p.cmd.ProcessState))
		case <-stop:
		}
	}()
	var once sync.Once
	return ctx, func() {
		once.Do(func() { close(stop) })
		cancel(context.Canceled)
	}
}

// Wait waits until the program ends by itself, and returns its exit code, -1 if a
// signal ended it.
func (p *Program) Wait(ctx context.Context) (code int, err error) {
	select {
	case <-p.ended:
		return p.cmd.ProcessState.ExitCode(), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("the program goes on: %w", ctx.Err())
	}
}

// Terminate sends SIGTERM and waits so long for the end; Lambda gives half a
// second. The error is that the program went on, and was killed.
func (p *Program) Terminate(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	if _, err := p.Wait(ctx); err != nil {
		return errors.Join(fmt.Errorf("%s after SIGTERM: %w", patience, err), p.Close())
	}
	return nil
}

// Close kills the program, and ends the API.
func (p *Program) Close() error {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
	return p.API.Close()
}

// Stdout is what the program wrote so far, everything before its last answer for sure.
func (p *Program) Stdout() string { return p.out.String() }

// Stderr is the same for standard error.
func (p *Program) Stderr() string { return p.err.String() }

// Resident is how many bytes of memory the program holds now. It is read from
// /proc, which Linux has.
func (p *Program) Resident() (size int64, err error) {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(p.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0, fmt.Errorf("read the memory of the program: %w", err)
	}
	return resident(string(status))
}

// resident reads VmRSS, which is in KiB.
//
// Source: proc_pid_status(5).
func resident(status string) (size int64, err error) {
	const kib = 1 << 10
	for line := range strings.Lines(status) {
		name, value, _ := strings.Cut(line, ":")
		if name != "VmRSS" {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("VmRSS is %q, not a number of kB", strings.TrimSpace(value))
		}
		return n * kib, nil
	}
	return 0, errors.New("no line VmRSS: the process has ended, or this is not Linux")
}
