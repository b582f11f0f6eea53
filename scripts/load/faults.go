package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// misbehaving says how long a platform misbehaves, and how.
type misbehaving struct {
	media   int
	missing int
	share   float64
	kinds   []string
	still   stillness
	seed    uint64
}

// late is longer than a server waits for an answer: a time-out.
const late = 15 * time.Second

// faultsOf are the ways to misbehave, by the names that they have here.
func faultsOf(share float64) map[string]vodsim.Fault {
	return map[string]vodsim.Fault{
		"throttling":    {Kind: vodsim.FaultThrottle, Share: share},
		"5xx":           {Kind: vodsim.FaultServerError, Share: share},
		"resets":        {Kind: vodsim.FaultReset, Share: share},
		"time-outs":     {Kind: vodsim.FaultLatency, Latency: late, Share: share},
		"html":          {Kind: vodsim.FaultHTML, Share: share},
		"IllegalStatus": {Kind: vodsim.FaultIllegalStatus, Share: share, Action: submitAction},
	}
}

// faults lets the platform misbehave in one way after the other, and looks
// whether everything is refreshed in the end.
func (s *session) faults() *cobra.Command {
	var m misbehaving
	cmd := &cobra.Command{
		Use:   "faults",
		Short: "A platform that misbehaves: everything is refreshed in the end",
		Long: `Send callbacks about media, and about some that do not exist, while the platform
answers wrongly to a share of the calls: one kind of fault after the other, each
with a new server. In the end every media is refreshed, and only those that do
not exist are dead letters, each with its reason.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := positive(map[string]int{"media": m.media}); err != nil {
				return err
			}
			for _, kind := range m.kinds {
				if _, ok := faultsOf(0)[kind]; !ok {
					return usageError{fmt.Errorf("--kinds %s: must be of %s", kind, strings.Join(allFaults(), ", "))}
				}
			}
			return s.measure(cmd.Context(), fmt.Sprintf("faults: %.0f %% of the calls, %d media", 100*m.share, m.media), m.run)
		},
	}
	cmd.Flags().IntVar(&m.media, "media", 200, "media to refresh, for each kind of fault")
	cmd.Flags().IntVar(&m.missing, "missing", 5, "callbacks about media that do not exist, for each kind")
	cmd.Flags().Float64Var(&m.share, "share", 0.3, "share of the calls that are answered wrongly")
	cmd.Flags().StringSliceVar(&m.kinds, "kinds", allFaults(), "kinds of faults")
	m.still.flags(cmd, 5*time.Second)
	cmd.Flags().Uint64Var(&m.seed, "seed", 0, "repeats the random choices of a run; 0: the time")
	return cmd
}

// allFaults are the names, in the order in which they are tried.
func allFaults() []string {
	return []string{"throttling", "5xx", "resets", "time-outs", "html", "IllegalStatus"}
}

func (m misbehaving) run(ctx context.Context, l *lab, found *report) error {
	chance := l.chance(m.seed)
	for _, kind := range m.kinds {
		l.sayf("%s", kind)
		if err := m.try(ctx, l, found, kind, chance.bytes); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

// try lets a new platform misbehave towards a new server.
func (m misbehaving) try(ctx context.Context, l *lab, found *report, kind string, ids io.Reader) error {
	defer l.clear()
	p, err := l.platform(ctx, simulation{rate: accountRate, latency: 10 * time.Millisecond})
	if err != nil {
		return err
	}
	often := faultsOf(m.share)[kind]
	once := often
	once.Action, once.Share, once.Times = submitAction, 0, 1 // chance may spare all calls of a small trial
	for _, fault := range []vodsim.Fault{once, often} {
		if err := p.fault(ctx, fault); err != nil {
			return err
		}
	}
	one, err := l.server(ctx, "server-"+kind, p)
	if err != nil {
		return err
	}
	if err := one.run(ctx); err != nil {
		return err
	}

	messages := m.messages(ids, l.clock.Now())
	var wanted, missing []string
	for _, m := range messages {
		if strings.HasPrefix(m.media, "missing") {
			missing = append(missing, m.media)
		} else {
			wanted = append(wanted, m.media)
		}
	}
	// Slowly, so that there are many calls to go wrong.
	sender := sender{clock: l.clock, targets: []string{one.callbacks()}, connections: 8, policy: stubbornPolicy(), rate: 40}
	sending := sender.send(ctx, slices.Values(messages))
	sum, err := l.drain(ctx, m.still.of(len(wanted)), watch(p, one))
	if err != nil {
		return err
	}
	calls, err := p.submissions(ctx)
	if err != nil {
		return err
	}
	dead, err := one.dead(ctx)
	if err != nil {
		return err
	}
	m.judge(found, kind, sum, sending, compare(wanted, calls, nil), autopsy(dead, missing))
	return nil
}

// messages are callbacks about media, with those that do not exist among them.
func (m misbehaving) messages(ids io.Reader, at time.Time) []message {
	all := make([]message, 0, m.media+m.missing)
	for range m.media {
		all = append(all, final(mediaID(ids), at))
	}
	for i := range m.missing {
		all = slices.Insert(all, (i+1)*m.media/(m.missing+1), final("missing"+mediaID(ids), at))
	}
	return all
}

func (m misbehaving) judge(found *report, kind string, sum stats, sending sending, result comparison, bodies autopsied) {
	found.sectionf("%s", kind)
	found.notef("calls", "%d accepted, %d went wrong", sum.Accepted, sum.calls()-sum.Accepted)
	found.notef("until the last one was accepted", "%.1f s", sum.Last.Sub(sending.started).Seconds())
	found.notef("media submitted more than once", "%d", len(result.twice))
	found.notef("reasons of dead letters", "%q", bodies.reasons)
	found.atMost("not refreshed", float64(len(result.lost)), 0)
	found.atMost("media that do not exist, without a dead letter", float64(bodies.without), 0)
	found.atMost("dead letters of media that exist", float64(bodies.wrong), 0)
	found.atMost("dead letters without a reason", float64(bodies.unexplained), 0)
}

// autopsied is what dead letters tell.
type autopsied struct {
	without     int // expected and not dead
	wrong       int // dead and not expected
	unexplained int
	reasons     []string // without doubles
}

// autopsy holds dead letters against the media that should be.
func autopsy(dead []deadLetter, expected []string) autopsied {
	found := autopsied{}
	seen := make(map[string]bool)
	for _, one := range dead {
		id := one.Message.Task.ID
		seen[id] = true
		if !slices.Contains(expected, id) {
			found.wrong++
		}
		reason := strings.ReplaceAll(one.Reason, id, "…") // so that equal ones are
		if reason == "" {
			found.unexplained++
		} else if !slices.Contains(found.reasons, reason) {
			found.reasons = append(found.reasons, reason)
		}
	}
	for _, id := range expected {
		if !seen[id] {
			found.without++
		}
	}
	return found
}
