package providertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// Run checks a driver. newHarness is called once for each check, and several
// checks run at the same time.
func Run(t *testing.T, newHarness func(t *testing.T) Harness) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := c.examine(t.Context(), newHarness(t)); err != nil {
				t.Error(err)
			}
		})
	}
}

// check is one thing that a driver has to do right.
type check struct {
	name string
	run  func(ctx context.Context, h Harness) error
}

func checks() []check {
	return []check{
		{"identity", checkIdentity},
		{"job runs and ends", checkJob},
		{"job fails", checkFailedJob},
		{"preload", checkPreload},
		{"URLs", checkURLs},
		{"unknown job", checkUnknownJob},
		{"media rejected", checkRejected},
		{"full batch", checkFullBatch},
		{"batch of a wrong size", checkWrongSize},
		{"quota falls", checkQuota},
		{"faults", checkFaults},
		{"wrong key", checkStranger},
		{"cancelled", checkCancelled},
		{"deadline", checkDeadline},
		{"concurrent calls", checkConcurrent},
	}
}

// examine runs a check, and looks for secrets in every error that the driver
// returned meanwhile.
func (c check) examine(ctx context.Context, h Harness) error {
	provider, stranger := &witness{Provider: h.Provider}, &witness{Provider: h.Stranger}
	h.Provider, h.Stranger = provider, stranger
	err := c.run(ctx, h)
	return errors.Join(err, provider.leaks(h.Secrets), stranger.leaks(h.Secrets))
}

// equal is an error unless got is want.
func equal[T comparable](what string, got, want T) error {
	if got != want {
		return fmt.Errorf("%s is %v, want %v", what, got, want)
	}
	return nil
}
