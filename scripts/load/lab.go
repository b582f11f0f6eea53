package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// lab is where a measurement runs: a folder for the data and logs, the server's
// program, and the processes that were started. Open one with [session.lab].
type lab struct {
	*session

	dir     string
	program string // the server
	started []*process
}

// lab makes the folder and builds the server.
func (s *session) lab(ctx context.Context) (*lab, error) {
	dir, err := os.MkdirTemp("", "vodrefresh-load-")
	if err != nil {
		return nil, err
	}
	l := &lab{session: s, dir: dir, program: filepath.Join(dir, "vodrefresh")}
	if err := s.build(ctx, s.source, l.program); err != nil {
		_ = os.RemoveAll(dir) // it is the build that failed
		return nil, fmt.Errorf("build the server in %s: %w", s.source, err)
	}
	return l, nil
}

// goBuild builds the server of a checkout.
func goBuild(ctx context.Context, source, program string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", program, "./functions/local") //nolint:gosec // a folder of our own
	cmd.Dir, cmd.Stderr = source, os.Stderr
	return cmd.Run()
}

// measure runs a measurement in a lab of its own, writes what it found and
// cleans up. Where a bound was missed it is an error, and data and logs stay.
func (s *session) measure(ctx context.Context, title string, run func(context.Context, *lab, *report) error) error {
	l, err := s.lab(ctx)
	if err != nil {
		return err
	}
	found := &report{title: title}
	err = run(ctx, l, found)
	l.clear()
	if writing := found.write(s.out); err == nil {
		err = writing
	}
	if err == nil {
		err = found.judgement()
	}
	if err != nil {
		s.sayf("data and logs are in %s", l.dir)
		return err
	}
	return os.RemoveAll(l.dir)
}

// clear ends every process that was started.
func (l *lab) clear() {
	for _, p := range l.started {
		p.kill()
	}
	l.started = nil
}

// log opens a file for what a process says.
func (l *lab) log(name string) (*os.File, error) {
	return os.OpenFile(filepath.Join(l.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the lab's own folder
}

// loopback is the host of everything here.
const loopback = "127.0.0.1"

// freePorts finds ports of this machine that nobody listens on.
func freePorts(ctx context.Context, n int) ([]int, error) {
	var held []net.Listener // all of them to the end, so that the ports differ
	defer func() {
		for _, listener := range held {
			_ = listener.Close()
		}
	}()
	ports := make([]int, n)
	for i := range ports {
		listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", anyPort)
		if err != nil {
			return nil, err
		}
		held = append(held, listener)
		_, port, err := net.SplitHostPort(listener.Addr().String())
		if err != nil {
			return nil, err
		}
		if ports[i], err = strconv.Atoi(port); err != nil {
			return nil, err
		}
	}
	return ports, nil
}

// until asks again and again, with a pause between, until the answer is yes, an
// error, or patience ends.
func (s *session) until(ctx context.Context, what string, pause, patience time.Duration, yes func() (bool, error)) error {
	for end := s.clock.Now().Add(patience); ; {
		if ok, err := yes(); ok || err != nil {
			return err
		}
		if s.clock.Now().After(end) {
			return fmt.Errorf("%s: not within %s", what, patience)
		}
		if err := s.clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
