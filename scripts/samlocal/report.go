package main

import (
	"fmt"
	"io"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// report prints a line for each thing that was tried.
type report struct {
	out    io.Writer
	clock  clock.Clock
	tried  int
	failed int
}

// step tries something that the rest depends on.
func (r *report) step(name string, do func() error) error {
	started := r.clock.Now()
	err := do()
	r.line(name, r.clock.Now().Sub(started), err)
	return err
}

// check tries something that the rest does not depend on.
func (r *report) check(name string, do func() error) { _ = r.step(name, do) }

func (r *report) line(name string, took time.Duration, err error) {
	r.tried++
	verdict := "ok  "
	if err != nil {
		r.failed++
		verdict = "FAIL"
	}
	fmt.Fprintf(r.out, "%s %6.1f s  %s\n", verdict, took.Seconds(), name)
	if err != nil {
		fmt.Fprintf(r.out, "     %v\n", err)
	}
}

// verdict is an error if anything failed.
func (r *report) verdict() error {
	fmt.Fprintf(r.out, "%d passed, %d failed\n", r.tried-r.failed, r.failed)
	if r.failed > 0 {
		return fmt.Errorf("%d of %d failed", r.failed, r.tried)
	}
	return nil
}
