package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// kind is an error unless err is a [core.Error] of one of these kinds that
// says what happened.
func kind(what string, err error, want ...core.Kind) error {
	if err == nil {
		return fmt.Errorf("%s: no error, want kind %v", what, want)
	}
	e, ok := errors.AsType[*core.Error](err)
	switch {
	case !ok:
		return fmt.Errorf("%s: error of type %T, want a core.Error: %w", what, err, err)
	case !slices.Contains(want, e.Kind):
		return fmt.Errorf("%s: kind %s, want %v: %w", what, e.Kind, want, err)
	case e.Message == "":
		return fmt.Errorf("%s: an error without a message", what)
	}
	return nil
}

// everyCall makes each call that the driver has, and returns their errors by
// name.
func everyCall(ctx context.Context, p core.Provider, tellsQuota bool) map[string]error {
	errs := make(map[string]error)
	_, errs["submit"] = p.Submit(ctx, media(core.Refresh, "a"))
	_, errs["job"] = p.Job(ctx, "c5ae61bf9af1")
	if tellsQuota {
		_, errs["quota"] = quota(ctx, p)
	}
	return errs
}

func checkFaults(ctx context.Context, h Harness) error {
	h.AddMedia("a", "https://media.example.com/a/1.mp4")
	unclear := []core.Kind{core.Unavailable, core.Internal}
	var errs []error
	for fault, want := range map[Fault][]core.Kind{
		Throttle:      {core.Throttled},
		QuotaSpent:    {core.QuotaExceeded},
		IllegalStatus: {core.NotReady},
		ServerError:   {core.Unavailable},
		Reset:         {core.Unavailable},
		HTML:          unclear,
		Empty:         unclear,
		Truncated:     unclear,
		NumericCode:   unclear,
	} {
		if slices.Contains(h.Lacks, fault) {
			continue
		}
		h.Fault(fault)
		for call, err := range everyCall(ctx, h.Provider, h.TellsQuota) {
			errs = append(errs, kind(fmt.Sprintf("%s during %s", call, fault), err, want...))
		}
	}
	return errors.Join(errs...)
}

func checkStranger(ctx context.Context, h Harness) error {
	h.AddMedia("a", "https://media.example.com/a/1.mp4")
	var errs []error
	for call, err := range everyCall(ctx, h.Stranger, h.TellsQuota) {
		errs = append(errs, kind(call+" with a wrong key", err, core.Unauthenticated))
	}
	return errors.Join(errs...)
}

// How long a call may hang before its context ends, and how late it may return
// after that.
const (
	patience = 30 * time.Millisecond
	delay    = 2 * time.Second
)

func checkCancelled(ctx context.Context, h Harness) error {
	before, cancelBefore := context.WithCancel(ctx)
	cancelBefore()
	during, cancelDuring := context.WithCancel(ctx)
	var sleeper sync.WaitGroup
	defer sleeper.Wait()
	defer cancelDuring()
	sleeper.Go(func() {
		_ = clock.System{}.Sleep(during, patience)
		cancelDuring()
	})
	return errors.Join(
		ended(before, h, "a context cancelled before", context.Canceled),
		ended(during, h, "a context cancelled meanwhile", context.Canceled),
	)
}

func checkDeadline(ctx context.Context, h Harness) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return ended(ctx, h, "a deadline", context.DeadlineExceeded)
}

// ended makes every call to a platform that does not answer.
func ended(ctx context.Context, h Harness, what string, cause error) error {
	h.AddMedia("a", "https://media.example.com/a/1.mp4")
	h.Fault(Hang)
	var watch clock.System
	start := watch.Now()
	var errs []error
	for call, err := range everyCall(ctx, h.Provider, h.TellsQuota) {
		if !errors.Is(err, cause) {
			errs = append(errs, fmt.Errorf("%s with %s: error %w, want one that is %w", call, what, err, cause))
		}
		errs = append(errs, equal(call+" with "+what+": kind", core.KindOf(err), core.Unavailable))
	}
	if late := watch.Now().Sub(start); late > patience+delay {
		errs = append(errs, fmt.Errorf("%s: returned after %v", what, late))
	}
	return errors.Join(errs...)
}

func checkConcurrent(ctx context.Context, h Harness) error {
	const calls = 100
	ids, _ := known(h, calls)
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		errs []error
		jobs = make(map[string]bool)
	)
	for _, id := range ids {
		all.Go(func() {
			submission, err := h.Provider.Submit(ctx, media(core.Refresh, id))
			if err == nil {
				_, err = h.Provider.Job(ctx, submission.JobID)
			}
			mu.Lock()
			defer mu.Unlock()
			jobs[submission.JobID] = true
			errs = append(errs, err)
		})
	}
	all.Wait()
	return errors.Join(errors.Join(errs...), equal("number of jobs", len(jobs), calls))
}
