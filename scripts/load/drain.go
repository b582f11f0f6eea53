package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// stillness says when a server is taken to be done.
type stillness struct {
	media    int           // so many media must have been submitted
	quiet    time.Duration // and then, no submit call for that long; zero: whatever is still going on
	patience time.Duration // or, whatever has been submitted, none for that long
}

// flags let a user choose the times.
func (s *stillness) flags(cmd *cobra.Command, quiet time.Duration) {
	cmd.Flags().DurationVar(&s.quiet, "quiet", quiet, "in the end, nothing must be submitted for that long")
	cmd.Flags().DurationVar(&s.patience, "patience", 3*time.Minute, "if nothing is submitted for that long, what is missing is lost")
}

// of says of how many media.
func (s *stillness) of(media int) stillness {
	return stillness{media: media, quiet: s.quiet, patience: s.patience}
}

// drain waits until the server is done, or seems not to get on, and returns what
// was asked of the platform. It is no error if media are missing: that is for
// the comparison to say.
func (l *lab) drain(ctx context.Context, still stillness, look func(context.Context) (stats, error)) (stats, error) {
	const pause = 50 * time.Millisecond
	moved, before := l.clock.Now(), stats{}
	for {
		now, err := look(ctx)
		if err != nil {
			return now, err
		}
		if now.calls() != before.calls() || now.InFlight != before.InFlight {
			moved, before = l.clock.Now(), now
		}
		since := l.clock.Now().Sub(moved)
		done := now.Media >= still.media && since >= still.quiet
		waiting := now.InFlight > 0 && still.quiet > 0 // for an answer: what it will be is not known yet
		if (done || since >= still.patience) && !waiting {
			return now, nil
		}
		if err := l.clock.Sleep(ctx, pause); err != nil {
			return now, err
		}
	}
}

// watch looks at a platform as long as the servers that call it are alive.
func watch(p *platform, servers ...*server) func(context.Context) (stats, error) {
	return func(ctx context.Context) (stats, error) {
		for _, one := range servers {
			if err := one.process.alive(); err != nil {
				return stats{}, err
			}
		}
		return p.stats(ctx)
	}
}
