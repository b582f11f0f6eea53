package main

import (
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// crashing says how a server is killed.
type crashing struct {
	callbacks int
	kills     int
	pause     time.Duration // between kills, on average
	still     stillness
	seed      uint64
}

// crash kills a server again and again while callbacks come in, and looks for
// what was lost.
func (s *session) crash() *cobra.Command {
	var c crashing
	cmd := &cobra.Command{
		Use:   "crash",
		Short: "Kill a server again and again: nothing may be lost, next to nothing paid twice",
		Long: `Send signed callbacks, each about another media, until each is answered 200,
while the server is killed with SIGKILL at random moments and started again at
once. Then let it drain, and compare: every media was refreshed, and those that
were refreshed twice belong to calls that were in flight at a kill.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := positive(map[string]int{"callbacks": c.callbacks, "kills": c.kills}); err != nil {
				return err
			}
			title := fmt.Sprintf("crash: %d callbacks, %d kills", c.callbacks, c.kills)
			return s.measure(cmd.Context(), title, c.run)
		},
	}
	cmd.Flags().IntVar(&c.callbacks, "callbacks", 5000, "callbacks to send")
	cmd.Flags().IntVar(&c.kills, "kills", 30, "how often the server is killed")
	cmd.Flags().DurationVar(&c.pause, "pause", time.Second, "average time between kills")
	c.still.flags(cmd, 45*time.Second) // longer than a message's lease, so that what comes again is seen
	cmd.Flags().Uint64Var(&c.seed, "seed", 0, "repeats the random choices of a run; 0: the time")
	return cmd
}

func (c crashing) run(ctx context.Context, l *lab, found *report) error {
	chance := l.chance(c.seed)
	p, err := l.platform(ctx, simulation{rate: 50, latency: 100 * time.Millisecond})
	if err != nil {
		return err
	}
	victim, err := l.server(ctx, "server", p)
	if err != nil {
		return err
	}
	if err := victim.run(ctx); err != nil {
		return err
	}

	var mu sync.Mutex
	var wanted []string
	sender := sender{
		clock: l.clock, targets: []string{victim.callbacks()}, connections: 16, policy: stubbornPolicy(),
		rate: float64(c.callbacks) / (c.pause.Seconds() * float64(c.kills)), // the callbacks last as long as the kills
		taken: func(m message) {
			mu.Lock()
			defer mu.Unlock()
			wanted = append(wanted, m.media)
		},
	}
	l.sayf("sending %d callbacks at %.0f a second", c.callbacks, sender.rate)
	sending, deaths, err := c.both(ctx, victim, chance, sender, finals(c.callbacks, chance.bytes, l.clock.Now))
	if err != nil {
		return err
	}
	l.sayf("%d callbacks are answered 200; waiting for the rest to be submitted", sending.taken)
	sum, err := l.drain(ctx, c.still.of(sending.taken), watch(p, victim))
	if err != nil {
		return err
	}
	calls, err := p.submissions(ctx)
	if err != nil {
		return err
	}
	result := compare(wanted, calls, deaths)
	found.notef("callbacks answered 200", "%d of %d, in %d tries", sending.taken, sending.sent, sending.tries())
	found.notef("kills", "%d in %.1f s", len(deaths), sending.lasted().Seconds())
	found.notef("calls", "%d accepted, %d throttled, %d cut, %d refused otherwise", sum.Accepted, sum.Throttled, sum.Cut, sum.Refused)
	found.notef("media submitted", "%d", sum.Media)
	found.notef("media in flight at a kill", "%d", result.inFlight)
	found.atMost("callbacks not answered 200", float64(c.callbacks-sending.taken), 0)
	found.atMost("lost", float64(len(result.lost)), 0)
	found.atMost("submitted more than once", float64(len(result.twice)), float64(result.inFlight))
	found.atMost("of these, not in flight at a kill", float64(len(result.spare)), 0)
	return nil
}

// both sends the callbacks and kills the server meanwhile.
func (c crashing) both(
	ctx context.Context, victim *server, chance chance, sender sender, messages iter.Seq[message],
) (sending, []death, error) {
	sendingCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	var done sending
	var sent sync.WaitGroup
	sent.Go(func() { done = sender.send(sendingCtx, messages) })
	deaths, err := c.kill(ctx, victim, chance)
	if err == nil {
		err = victim.ready(ctx)
	}
	if err != nil {
		cancel()
	}
	sent.Wait()
	return done, deaths, err
}

// kill kills the server at random moments: sometimes when it has just begun to
// read what it left behind.
func (c crashing) kill(ctx context.Context, victim *server, chance chance) ([]death, error) {
	deaths := make([]death, 0, c.kills)
	for range c.kills {
		if err := victim.lab.clock.Sleep(ctx, chance.within(2*c.pause)); err != nil {
			return nil, err
		}
		if err := victim.process.alive(); err != nil {
			return nil, err // of itself
		}
		one := death{killed: victim.lab.clock.Now()}
		victim.process.kill()
		one.restarted = victim.lab.clock.Now()
		if err := victim.start(ctx); err != nil {
			return nil, err
		}
		deaths = append(deaths, one)
	}
	return deaths, nil
}
