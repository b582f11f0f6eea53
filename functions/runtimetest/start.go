package runtimetest

import (
	"context"
	"errors"
	"slices"
	"time"
)

// Launch is a program and the environment that it is started with.
type Launch struct {
	Path    string
	Environ []string
}

// Starts starts each program so many times, in turn, so that whatever else the
// machine does hits all of them alike, and returns for each the median of the
// times from the start of the process to its first request for an event.
func Starts(ctx context.Context, dialect Dialect, times int, launches ...Launch) ([]time.Duration, error) {
	took := make([][]time.Duration, len(launches))
	for range times {
		for i, launch := range launches {
			one, err := start(ctx, dialect, launch)
			if err != nil {
				return nil, err
			}
			took[i] = append(took[i], one)
		}
	}
	medians := make([]time.Duration, len(launches))
	for i := range took {
		medians[i] = Median(took[i])
	}
	return medians, nil
}

func start(ctx context.Context, dialect Dialect, launch Launch) (time.Duration, error) {
	p, err := Start(ctx, dialect, launch.Path, launch.Environ...)
	if err != nil {
		return 0, err
	}
	took, err := p.Ready(ctx)
	return took, errors.Join(err, p.Close())
}

// Median is the middle of some times, the mean of the two in the middle where
// their number is even, and zero if there are none.
func Median(times []time.Duration) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	middle := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[middle]
	}
	return (sorted[middle-1] + sorted[middle]) / 2
}

// Comparison is how long a program takes to start, beside one that does nothing.
type Comparison struct{ Nothing, Program time.Duration }

// Metrics are the comparison in the units of a benchmark: both in milliseconds, and
// the second in times of the first.
func (c Comparison) Metrics() map[string]float64 {
	const ms = float64(time.Millisecond)
	return map[string]float64{
		"hello-ms": float64(c.Nothing) / ms, "start-ms": float64(c.Program) / ms,
		"times-hello": float64(c.Program) / float64(c.Nothing),
	}
}
