package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// session is one run of the program: what every command shares.
type session struct {
	out, err io.Writer // tables; everything else
	clock    clock.Clock
	build    func(ctx context.Context, source, program string) error // makes the server's program
	source   string                                                  // the checkout whose server is measured
	queue    string                                                  // QUEUE_URL of that server; empty for its default
	store    string                                                  // STORE_URL
}

// run executes a command line and returns the exit code: 0 if every bound
// holds, 1 if one is missed or the measurement fails, 2 for a wrong command
// line.
func run(ctx context.Context, line []string, s session) int {
	root := &cobra.Command{
		Use:           "load",
		Short:         "Measures the server from outside",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetArgs(line)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	measurements := []*cobra.Command{s.crash(), s.faults(), s.flood(), s.growth(), s.renew()} //nolint:contextcheck // cobra hands it on
	for _, c := range measurements {
		c.Flags().StringVar(&s.source, "source", ".", "checkout whose server is built and measured")
		c.Flags().StringVar(&s.queue, "queue", "", "QUEUE_URL of a single server; its default if empty")
		c.Flags().StringVar(&s.store, "store", "", "STORE_URL of a single server; its default if empty")
		root.AddCommand(c)
	}
	parts := []*cobra.Command{s.simulator(), s.uploads(), s.studio(), s.cluster()} //nolint:contextcheck // cobra hands it on
	parts = append(parts, s.bare(), s.naive(), s.proxy())                          //nolint:contextcheck // cobra hands it on
	for _, part := range parts {
		part.Hidden = true // processes that the measurements start
		root.AddCommand(part)
	}
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	fmt.Fprintf(s.err, "load: %v\n", err)
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// usageError is a mistake in the command line itself.
type usageError struct{ error }

// positive refuses sizes that measure nothing.
func positive(sizes map[string]int) error {
	for name, size := range sizes {
		if size < 1 {
			return usageError{fmt.Errorf("--%s %d: must be 1 or more", name, size)}
		}
	}
	return nil
}

// sayf writes a line for the person at the terminal.
func (s *session) sayf(format string, args ...any) { fmt.Fprintf(s.err, format+"\n", args...) }
