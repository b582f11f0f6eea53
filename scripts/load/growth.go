package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// growing says how long a queue gets.
type growing struct {
	small, large int // tasks
	connections  int
	rest         time.Duration // between the last callback and the first look
	patience     time.Duration
	seed         uint64
}

// What a long queue may cost.
const (
	mostMemory = 150 // MB
	mostGrowth = 1.2 // of the cost of a task, from the small queue to the large one
)

// growth fills a queue and empties it, and looks at what that takes.
func (s *session) growth() *cobra.Command {
	var g growing
	cmd := &cobra.Command{
		Use:   "growth",
		Short: "A very long queue: the memory it takes, the cost of a task",
		Long: `Send callbacks, each about another media, while the platform takes one call a
second, so that the queue grows; then let it take any number, start the server
anew, and measure what it costs to drain. Once with a small queue and once with a
large one.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := positive(map[string]int{"small": g.small, "large": g.large, "connections": g.connections}); err != nil {
				return err
			}
			return s.measure(cmd.Context(), fmt.Sprintf("growth: from %d to %d queued tasks", g.small, g.large), g.run)
		},
	}
	cmd.Flags().IntVar(&g.small, "small", 10_000, "tasks in the small queue")
	cmd.Flags().IntVar(&g.large, "large", 1_000_000, "tasks in the large one")
	cmd.Flags().IntVar(&g.connections, "connections", 64, "callbacks under way at once")
	cmd.Flags().DurationVar(&g.rest, "rest", 10*time.Second, "between the last callback and the measurement of memory at rest")
	cmd.Flags().DurationVar(&g.patience, "patience", 3*time.Minute, "if nothing is submitted for that long, what is missing is lost")
	cmd.Flags().Uint64Var(&g.seed, "seed", 0, "repeats the random choices of a run; 0: the time")
	return cmd
}

func (g growing) run(ctx context.Context, l *lab, found *report) error {
	chance := l.chance(g.seed)
	small, err := g.queue(ctx, l, found, chance, g.small)
	if err != nil {
		return err
	}
	large, err := g.queue(ctx, l, found, chance, g.large)
	if err != nil {
		return err
	}
	found.sectionf("from %d to %d", g.small, g.large)
	found.notef("time of a task in the drain", "%.2f times", large.lasted.Seconds()/small.lasted.Seconds())
	found.atMost("CPU time of a task in the drain, times", large.cpu.Seconds()/small.cpu.Seconds(), mostGrowth)
	return nil
}

// cost is what one task takes of the server while the queue drains.
type cost struct{ cpu, lasted time.Duration }

// queue fills one queue and drains it.
func (g growing) queue(ctx context.Context, l *lab, found *report, chance chance, n int) (cost, error) {
	defer l.clear()
	p, err := l.platform(ctx, simulation{rate: 1})
	if err != nil {
		return cost{}, err
	}
	one, err := l.server(ctx, fmt.Sprintf("server-%d", n), p, "ALIYUN_RATE=1000")
	if err != nil {
		return cost{}, err
	}
	if err := one.run(ctx); err != nil {
		return cost{}, err
	}
	found.sectionf("%d tasks", n)
	if err := g.fill(ctx, l, found, one, finals(n, chance.bytes, l.clock.Now)); err != nil {
		return cost{}, err
	}
	// The server is started anew, so that it does not drain at the pace that it
	// has learnt.
	const patience = 30 * time.Second
	if err := one.process.stop(ctx, patience); err != nil {
		return cost{}, err
	}
	left, err := p.stats(ctx)
	if err != nil {
		return cost{}, err
	}
	p.process.kill()
	if p, err = l.platform(ctx, simulation{listen: strings.TrimPrefix(p.api, "http://"), rate: -1}); err != nil {
		return cost{}, err
	}
	if err := one.run(ctx); err != nil {
		return cost{}, err
	}
	found.notef("of these, submitted before the drain", "%d", left.Media)
	return g.drain(ctx, l, found, one, p, n-left.Media)
}

// fill queues tasks, and looks at the memory.
func (g growing) fill(ctx context.Context, l *lab, found *report, one *server, messages iter.Seq[message]) error {
	l.sayf("queueing")
	sender := sender{clock: l.clock, targets: []string{one.callbacks()}, connections: g.connections, policy: stubbornPolicy()}
	sending := sender.send(ctx, messages)
	filled, err := usageOf(os.DirFS("/proc"), one.process.pid())
	if err != nil {
		return err
	}
	if err := l.clock.Sleep(ctx, g.rest); err != nil {
		return err
	}
	resting, err := usageOf(os.DirFS("/proc"), one.process.pid())
	if err != nil {
		return err
	}
	found.notef("queued", "%d in %.1f s, %.0f a second", sending.taken, sending.lasted().Seconds(), sending.perSecond())
	found.notef("CPU time of a task when queued", "%s", (filled.cpu / time.Duration(max(1, sending.taken))).Round(time.Microsecond))
	found.notef("resident memory at rest, MB", "%.0f", megabytes(resting.resident))
	found.atMost("resident memory, peak while queueing, MB", megabytes(resting.peak), mostMemory)
	return nil
}

// drain lets the server submit what it has. What a task costs is taken from the
// first nine tenths: the last ones may wait for a lease to end.
func (g growing) drain(ctx context.Context, l *lab, found *report, one *server, p *platform, rest int) (cost, error) {
	l.sayf("draining")
	proc, most := os.DirFS("/proc"), stillness{media: rest - rest/10, patience: g.patience}
	begun, err := usageOf(proc, one.process.pid())
	if err != nil {
		return cost{}, err
	}
	bulk, err := l.drain(ctx, most, watch(p, one))
	if err != nil {
		return cost{}, err
	}
	ended, err := usageOf(proc, one.process.pid())
	if err != nil {
		return cost{}, err
	}
	all, err := l.drain(ctx, stillness{media: rest, patience: g.patience}, watch(p, one))
	if err != nil {
		return cost{}, err
	}
	last, err := usageOf(proc, one.process.pid())
	if err != nil {
		return cost{}, err
	}
	tasks := time.Duration(max(1, bulk.Media))
	each := cost{cpu: (ended.cpu - begun.cpu) / tasks, lasted: bulk.Last.Sub(bulk.First) / tasks}
	found.notef("drained", "%d in %.1f s, %d calls", all.Media, all.Last.Sub(all.First).Seconds(), all.calls())
	found.notef("nine tenths of them", "%d in %.1f s", bulk.Media, bulk.Last.Sub(bulk.First).Seconds())
	found.notef("CPU time of a task in the drain", "%s", each.cpu.Round(time.Microsecond))
	found.notef("CPU time of the start", "%s", begun.cpu)
	found.atMost("queued and not submitted", float64(max(0, rest-all.Media)), 0)
	found.atMost("resident memory, peak while draining, MB", megabytes(last.peak), mostMemory)
	return each, nil
}

func megabytes(bytes int) float64 { return float64(bytes) / 1e6 }
