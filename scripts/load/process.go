package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// process is a program that this one started. It is killed when the context
// that it was started with ends.
type process struct {
	name  string
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs a program; log gets what it says on standard error, out its
// standard output.
func start(ctx context.Context, name string, env []string, log, out io.Writer, path string, args ...string) (*process, error) {
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // built by this program, or this program itself
	cmd.Env, cmd.Stderr, cmd.Stdout = env, log, out
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in cmd.ProcessState
		close(p.ended)
	}()
	return p, nil
}

// pid is the process's number.
func (p *process) pid() int { return p.cmd.Process.Pid }

// alive is an error once the process has ended.
func (p *process) alive() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended: %s", p.name, p.cmd.ProcessState)
	default:
		return nil
	}
}

// kill ends the process with SIGKILL and waits until it is gone.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// stop asks the process to end, and insists after a while.
func (p *process) stop(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-p.ended:
		if p.cmd.ProcessState.Success() {
			return nil
		}
		return fmt.Errorf("%s: %s after SIGTERM", p.name, p.cmd.ProcessState)
	case <-ctx.Done():
		p.kill()
		return fmt.Errorf("%s did not end within %s of SIGTERM", p.name, patience)
	}
}

// part runs this program with another command, as a process of the lab's, and
// returns the URLs that it announces.
func (l *lab) part(ctx context.Context, name string, args ...string) (*process, []string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = read.Close() }()
	log, err := l.log(name)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own
	p, err := start(ctx, name, os.Environ(), log, write, self, append([]string{name}, args...)...)
	_ = write.Close() // the process has its own
	if err != nil {
		return nil, nil, err
	}
	l.started = append(l.started, p)
	line, err := bufio.NewReader(read).ReadBytes('\n')
	var said announcement
	if err == nil {
		err = json.Unmarshal(line, &said)
	}
	if errors.Is(err, io.EOF) {
		<-p.ended
		err = p.alive()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s did not say where it is: %w", name, err)
	}
	return p, said.URLs, nil
}
