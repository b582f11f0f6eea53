package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// The account of the flood: what the platform documents, and how fast it answers.
const (
	accountRate    = 50 // calls a second
	accountLatency = 100 * time.Millisecond
	mediaPerCall   = 20
)

// flooding says what comes at once.
type flooding struct {
	media       int
	processes   []int
	nodes       int
	connections int
	naive       int  // callbacks for the naive rival
	lenient     bool // a small flood is all start and end: only losses and doubles are judged
	still       stillness
	seed        uint64
}

// flood sends many callbacks at once, and measures how fast they are taken and
// how close to the account's limit they are worked off.
func (s *session) flood() *cobra.Command {
	var f flooding
	cmd := &cobra.Command{
		Use:   "flood",
		Short: "Many callbacks at once: taken fast, worked off at the account's limit",
		Long: `Send three callbacks of each changed media in any order, one of a stream, the
final one and that once more, as VOD does: three tries, one second apart. The
platform takes 50 calls a second and answers after 100 ms. Once to a receiver
that only verifies and decodes, once, fewer of them, to one that makes a call for
each, then to servers: one with its own queue, several on one NATS cluster.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := positive(map[string]int{
				"media": f.media, "connections": f.connections, "processes": slices.Min(append(f.processes, 1)),
			}); err != nil {
				return err
			}
			if err := nodeCount(f.nodes); err != nil {
				return err
			}
			title := fmt.Sprintf("flood: %d changed media as %d callbacks, %d connections", f.media, 3*f.media, f.connections)
			return s.measure(cmd.Context(), title, f.run)
		},
	}
	cmd.Flags().IntVar(&f.media, "media", 20_000, "changed media")
	cmd.Flags().IntSliceVar(&f.processes, "processes", []int{1, 4, 16}, "servers on one account; one has its own queue, several share a NATS cluster")
	cmd.Flags().IntVar(&f.nodes, "nodes", 3, "NATS servers of the cluster: 1 or 3")
	cmd.Flags().IntVar(&f.connections, "connections", 64, "callbacks under way at once")
	cmd.Flags().IntVar(&f.naive, "naive", 3000, "callbacks to the naive receiver, which takes long; 0 for none")
	cmd.Flags().BoolVar(&f.lenient, "lenient", false, "report the number of calls, pace and throttling without a bound: a small flood is all start and end")
	f.still.flags(cmd, 5*time.Second)
	cmd.Flags().Uint64Var(&f.seed, "seed", 0, "repeats the random choices of a run; 0: the time")
	return cmd
}

func (f flooding) run(ctx context.Context, l *lab, found *report) error {
	chance := l.chance(f.seed)
	floor, err := f.bare(ctx, l, found, chance)
	if err != nil {
		return err
	}
	if f.naive > 0 {
		if err := f.naively(ctx, l, found, chance, floor); err != nil {
			return err
		}
	}
	for _, n := range f.processes {
		if err := f.processing(ctx, l, found, chance, floor, n); err != nil {
			return fmt.Errorf("%d servers: %w", n, err)
		}
	}
	return nil
}

// bare is the floor: the same callbacks and sender, and a receiver that does next
// to nothing.
func (f flooding) bare(ctx context.Context, l *lab, found *report, chance chance) (sending, error) {
	defer l.clear()
	_, urls, err := l.part(ctx, "bare")
	if err != nil {
		return sending{}, err
	}
	l.sayf("flooding a receiver that only verifies and decodes")
	floor := f.sender(l, urls, nil).send(ctx, slices.Values(f.burst(l, chance)))
	found.sectionf("verify and decode only")
	found.receiving(floor, floor)
	return floor, ctx.Err()
}

// naively floods the receiver that makes a call for each callback.
func (f flooding) naively(ctx context.Context, l *lab, found *report, chance chance, floor sending) error {
	defer l.clear()
	platform, err := l.platform(ctx, simulation{rate: accountRate, latency: accountLatency})
	if err != nil {
		return err
	}
	_, urls, err := l.part(ctx, "naive", "--endpoint", platform.api)
	if err != nil {
		return err
	}
	l.sayf("flooding a receiver that makes one call for each callback")
	all := f.burst(l, chance)
	done := f.sender(l, urls, nil).send(ctx, slices.Values(all[:min(f.naive, len(all))]))
	sum, err := platform.stats(ctx)
	if err != nil {
		return err
	}
	found.sectionf("one call for each callback, the first %d", done.sent)
	found.receiving(done, floor)
	found.notef("calls", "%d accepted, %d throttled", sum.Accepted, sum.Throttled)
	found.notef("callbacks lost", "%.1f %%", 100*share(done.sent-done.taken, done.sent))
	return nil
}

// processing floods n servers.
func (f flooding) processing(ctx context.Context, l *lab, found *report, chance chance, floor sending, n int) error {
	defer l.clear()
	p, err := l.platform(ctx, simulation{rate: accountRate, latency: accountLatency})
	if err != nil {
		return err
	}
	setting, kind := []string(nil), "one server with its own queue"
	if n > 1 {
		url, err := f.cluster(ctx, l, n)
		if err != nil {
			return err
		}
		kind = fmt.Sprintf("%d servers on a NATS cluster of %d", n, f.nodes)
		setting = []string{"QUEUE_URL=" + url, "STORE_URL=" + url}
	}
	servers, targets := make([]*server, 0, n), make([]string, 0, n)
	for i := range n {
		one, err := l.server(ctx, fmt.Sprintf("server-%d-of-%d", i+1, n), p, setting...)
		if err != nil {
			return err
		}
		if err := one.run(ctx); err != nil {
			return err
		}
		servers, targets = append(servers, one), append(targets, one.callbacks())
	}
	l.sayf("flooding %s", kind)
	var mu sync.Mutex
	wanted := make(map[string]bool)
	done := f.sender(l, targets, func(m message) {
		mu.Lock()
		defer mu.Unlock()
		if m.wanted {
			wanted[m.media] = true
		}
	}).send(ctx, slices.Values(f.burst(l, chance)))
	l.sayf("sent in %.1f s; waiting for the rest to be submitted", done.lasted().Seconds())
	sum, err := l.drain(ctx, f.still.of(len(wanted)), watch(p, servers...))
	if err != nil {
		return err
	}
	calls, err := p.submissions(ctx)
	if err != nil {
		return err
	}
	found.sectionf("%s", kind)
	found.receiving(done, floor)
	found.notef("50, 90, 99 % of the media submitted after", "%v", milestones(calls, done.started, 0.5, 0.9, 0.99))
	f.judge(found, n, done, sum, compare(slices.Collect(maps.Keys(wanted)), calls, nil))
	return nil
}

// judge holds a flood against its bounds.
func (f flooding) judge(found *report, n int, done sending, sum stats, result comparison) {
	pace, pressure := 1.10, 0.01
	if n > 1 {
		pace, pressure = 1.25, 0.05
	}
	least := math.Ceil(float64(f.media) / mediaPerCall)
	ideal := least / accountRate
	drain := sum.Last.Sub(done.started).Seconds()
	found.notef("callbacks not answered 200", "%d of %d", done.sent-done.taken, done.sent)
	found.notef("calls", "%d accepted, %d throttled, %d others", sum.Accepted, sum.Throttled, sum.Cut+sum.Refused)
	found.notef("sending, draining, ideal", "%.1f s, %.1f s, %.1f s", done.lasted().Seconds(), drain, ideal)
	found.atMost("lost", float64(len(result.lost)), 0)
	found.atMost("media submitted more than once", float64(len(result.twice)), 0)
	judge := found.atMost
	if f.lenient {
		judge = func(name string, value, _ float64) { found.notef(name, "%s", number(value)) }
	}
	judge("calls / least calls", float64(sum.calls()-sum.Throttled)/least, 1.05)
	judge("drain / the larger of ideal and sending", drain/max(ideal, done.lasted().Seconds()), pace)
	judge("throttled / calls", share(sum.Throttled, sum.calls()), pressure)
}

// receiving reports how callbacks were taken, beside the floor.
func (r *report) receiving(done, floor sending) {
	p99, least := quantile(done.times, 0.99), quantile(floor.times, 0.99)
	r.notef("answered 200 a second", "%.0f (%.2f of the floor)", done.perSecond(), done.perSecond()/floor.perSecond())
	r.notef("answered within, p50 and p99", "%s, %s (%.1f of the floor)",
		quantile(done.times, 0.5).Round(10*time.Microsecond), p99.Round(10*time.Microsecond), p99.Seconds()/least.Seconds())
	r.notef("tries by answer", "%v", done.answers)
}

func (f flooding) sender(l *lab, targets []string, taken func(message)) sender {
	return sender{clock: l.clock, targets: targets, connections: f.connections, policy: platformPolicy(), taken: taken}
}

func (f flooding) burst(l *lab, chance chance) []message {
	return burst(f.media, chance.bytes, l.clock.Now(), chance.Rand)
}

// cluster starts the NATS servers and returns the URL of them all.
func (f flooding) cluster(ctx context.Context, l *lab, n int) (string, error) {
	_, urls, err := l.part(ctx, "cluster",
		"--nodes", strconv.Itoa(f.nodes), "--dir", filepath.Join(l.dir, fmt.Sprintf("cluster-for-%d", n)))
	if err != nil {
		return "", err
	}
	return urls[0], nil
}

// share is a part of a whole, zero of nothing.
func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}
