package pace_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/pace"
)

// throttled is what a platform says that has had enough.
var throttled = &core.Error{Kind: core.Throttled}

// fixedly is a random number that is always the same.
func fixedly(x float64) func() float64 { return func() float64 { return x } }

// distant is a fake clock that runs ahead of any deadline of the machine's.
func distant() *clock.Fake { return clock.NewFake(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC)) }

// paced is a pace on a clock that moves only as the pace sleeps.
func paced(perSecond, random float64) (*pace.Pace, *clock.Fake) {
	fake := distant()
	return pace.New(pace.Config{PerSecond: perSecond, Clock: fake, Random: fixedly(random)}), fake
}

// calls makes so many calls that end at once, all in the same way, and returns
// the time that they took.
func calls(t *testing.T, p *pace.Pace, c *clock.Fake, n int, err error) time.Duration {
	t.Helper()
	started := c.Now()
	for range n {
		if err := p.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		p.Observe(c.Now(), err)
	}
	return c.Now().Sub(started)
}

// near reports whether two rates are the same but for rounding.
func near(a, b float64) bool { return math.Abs(a-b) < 0.001 }

func ExamplePace() {
	fake := clock.NewFake(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))
	limit := pace.New(pace.Config{PerSecond: 50, Clock: fake, Random: fixedly(0.5)})
	call := func(err error) {
		if err := limit.Wait(context.Background()); err != nil {
			fmt.Println(err)
		}
		limit.Observe(fake.Now(), err)
	}
	fmt.Printf("%.1f a second to begin with\n", limit.Rate())
	for range 100 {
		call(nil)
	}
	fmt.Printf("%.1f after 100 good calls\n", limit.Rate())
	call(&core.Error{Kind: core.Throttled})
	fmt.Printf("%.1f once throttled\n", limit.Rate())
	for range 60 {
		call(nil)
	}
	fmt.Printf("%.1f after 60 more\n", limit.Rate())
	// Output:
	// 2.5 a second to begin with
	// 49.2 after 100 good calls
	// 41.6 once throttled
	// 49.0 after 60 more
}

func TestPaceStaysWithinItsCap(t *testing.T) {
	t.Parallel()
	for perSecond, want := range map[float64]struct{ first, most float64 }{
		50:  {2.5, 49.25},
		500: {2.5, 492.5},
		2:   {1.97, 1.97},
		0.1: {0.5, 0.5},
		0:   {0.5, 0.5},
		-1:  {0.5, 0.5},
	} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			t.Parallel()
			limit, fake := paced(perSecond, 0)
			if got := limit.Rate(); !near(got, want.first) {
				t.Errorf("begins with %v a second, want %v", got, want.first)
			}
			for range 2000 {
				calls(t, limit, fake, 1, nil)
				if got := limit.Rate(); got > want.most+0.001 {
					t.Fatalf("rises to %v a second, want %v at most", got, want.most)
				}
			}
			if got := limit.Rate(); !near(got, want.most) {
				t.Errorf("ends with %v a second, want %v", got, want.most)
			}
		})
	}
}

// sharing is a pace whose number of instances the test changes.
func sharing(n *int) (*pace.Pace, *clock.Fake) {
	fake := distant()
	return pace.New(pace.Config{PerSecond: 50, Instances: func() int { return *n }, Clock: fake, Random: fixedly(0)}), fake
}

func TestPaceDefaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.New(pace.Config{PerSecond: 50})
		started := time.Now()
		for range 2 {
			if err := limit.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(started); took != 460*time.Millisecond { // a gap and half of its jitter
			t.Errorf("2 calls took %v", took)
		}
	})
}

func TestPaceKeepsToItsShare(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]struct{ first, most float64 }{
		-1:   {2.5, 49.25},
		0:    {2.5, 49.25},
		1:    {2.5, 49.25},
		4:    {2.5, 49.25 / 4},
		16:   {2.5, 49.25 / 16},
		50:   {0.985, 0.985},
		1000: {0.5, 0.5},
	} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			limit, fake := sharing(&n)
			calls(t, limit, fake, 1, nil)
			if got := limit.Rate(); !near(got, want.first) {
				t.Errorf("begins with %v a second, want %v", got, want.first)
			}
			calls(t, limit, fake, 300, nil)
			if got := limit.Rate(); !near(got, want.most) {
				t.Errorf("ends with %v a second, want %v", got, want.most)
			}
		})
	}
}

func TestPaceFollowsItsShare(t *testing.T) {
	t.Parallel()
	n := 1
	limit, fake := sharing(&n)
	calls(t, limit, fake, 200, nil)
	for _, step := range []struct {
		n    int
		want float64
	}{{4, 49.25 / 4}, {16, 49.25 / 16}, {1000, 0.5}, {8, 49.25 / 8}, {1, 49.25}} {
		n = step.n
		calls(t, limit, fake, 2, nil) // the first has its turn at the old rate, or is told while it waits
		if got := limit.Rate(); !near(got, step.want) {
			t.Errorf("%v a second among %d, want %v", got, n, step.want)
		}
	}
}

// What was learnt from Throttled is about all instances together.
func TestPaceRemembersWhatOthersUse(t *testing.T) {
	t.Parallel()
	n := 4
	limit, fake := sharing(&n)
	calls(t, limit, fake, 200, nil)
	calls(t, limit, fake, 1, throttled)
	before := limit.Rate()
	for _, n = range []int{8, 2, 4} {
		calls(t, limit, fake, 1, &core.Error{Kind: core.Unavailable})
		if got, want := limit.Rate(), before*4/float64(n); !near(got, want) {
			t.Errorf("%v a second among %d, want %v", got, n, want)
		}
	}
}

// A newcomer has the smallest share until the others know of it, and then as
// much as any.
func TestPaceForgetsWhatANewcomerMet(t *testing.T) {
	t.Parallel()
	for name, met := range map[string]error{"nothing": &core.Error{Kind: core.Unavailable}, "a full account": throttled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := 1000
			limit, fake := sharing(&n)
			calls(t, limit, fake, 5, met)
			if got := limit.Rate(); got != 0.5 {
				t.Errorf("%v a second in a crowd, want 0.5", got)
			}
			n = 16
			calls(t, limit, fake, 1, &core.Error{Kind: core.Unavailable})
			if got := limit.Rate(); got < 2.5 || got > 49.25/16+0.001 {
				t.Errorf("%v a second among 16, want 2.5 to 3.08", got)
			}
		})
	}
}

// Where the limit has just risen, the platform still counts the calls of others.
func TestPaceCutsLessWhereTheLimitRose(t *testing.T) {
	t.Parallel()
	for after, want := range map[time.Duration]struct{ least, most float64 }{
		0:                      {0.5 * 0.85 * 49.25, 0.5*0.85*49.25 + 0.001}, // half of the rate, though 3 were accepted
		900 * time.Millisecond: {0.85 * 35, 49.25},                           // by now more than half were
	} {
		n := 16
		limit, fake := sharing(&n)
		calls(t, limit, fake, 100, nil)
		n = 1
		calls(t, limit, fake, 1, nil)
		for end := fake.Now().Add(after); fake.Now().Before(end); {
			calls(t, limit, fake, 1, nil)
		}
		limit.Observe(fake.Now(), throttled)
		if got := limit.Rate(); got < want.least-0.001 || got > want.most {
			t.Errorf("%v a second %v after the others left, want %v to %v", got, after, want.least, want.most)
		}
	}
}

// A call that waits for its turn learns that others have left.
func TestPaceTellsThoseWhoWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		n.Store(1000)
		limit := pace.New(pace.Config{PerSecond: 50, Instances: func() int { return int(n.Load()) }, Random: fixedly(0)})
		if err := limit.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		time.AfterFunc(450*time.Millisecond, func() { n.Store(1) })
		if err := limit.Wait(t.Context()); err != nil || time.Since(started) != 500*time.Millisecond {
			t.Errorf("Wait returns %v after %v, want 500ms", err, time.Since(started))
		}
	})
}

func TestPaceLearnsFromAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err   error
		grows bool
	}{
		"success":           {nil, true},
		"not found":         {&core.Error{Kind: core.NotFound}, true},
		"forbidden":         {&core.Error{Kind: core.Forbidden}, true},
		"quota":             {&core.Error{Kind: core.QuotaExceeded}, true},
		"unavailable":       {&core.Error{Kind: core.Unavailable}, false},
		"internal":          {&core.Error{Kind: core.Internal}, false},
		"context has ended": {context.DeadlineExceeded, false},
		"foreign error":     {errors.New("broken"), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit, fake := paced(50, 0)
			calls(t, limit, fake, 20, test.err)
			if got := limit.Rate(); (got > 2.5) != test.grows || got < 2.5 {
				t.Errorf("%v a second after 20 calls, from 2.5", got)
			}
		})
	}
}

// One answer counts for a second at most, however long it took.
func TestPaceDoublesInSteps(t *testing.T) {
	t.Parallel()
	limit, fake := paced(50, 0)
	for range 2 {
		if err := limit.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sent := fake.Now()
	fake.Advance(9 * time.Second)
	limit.Observe(sent, nil)
	if got, want := limit.Rate(), 2.5*math.Exp2(1/0.45); !near(got, want) {
		t.Errorf("%v a second, want %v", got, want)
	}
}

func TestPaceCuts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before    func(*testing.T, *pace.Pace, *clock.Fake)
		want, off float64 // a second, and by how much it may be off
	}{
		"first call": {func(t *testing.T, p *pace.Pace, _ *clock.Fake) {
			t.Helper()
			if err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, 0.60 * 2.5, 0},
		"nothing accepted": {func(t *testing.T, p *pace.Pace, c *clock.Fake) {
			t.Helper()
			calls(t, p, c, 2, &core.Error{Kind: core.Unavailable})
		}, 0.5, 0},
		"in slow start: steeply, from what was accepted": {func(t *testing.T, p *pace.Pace, c *clock.Fake) {
			t.Helper()
			if took := calls(t, p, c, 4, nil); took > time.Second || p.Rate() < 4 {
				t.Fatalf("4 calls took %v and led to %v a second", took, p.Rate())
			}
		}, 0.60 * 4, 0},
		"at the cap: gently": {func(t *testing.T, p *pace.Pace, c *clock.Fake) {
			t.Helper()
			calls(t, p, c, 200, nil)
		}, 0.85 * 49, 0.85},
		"with calls too few to tell: from the rate": {func(t *testing.T, p *pace.Pace, c *clock.Fake) {
			t.Helper()
			calls(t, p, c, 200, nil)
			c.Advance(5 * time.Second)
			calls(t, p, c, 1, nil)
		}, 0.85 * 49.25, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit, fake := paced(50, 0)
			test.before(t, limit, fake)
			limit.Observe(fake.Now(), throttled)
			if got := limit.Rate(); math.Abs(got-test.want) > test.off+0.001 {
				t.Errorf("%v a second, want %v", got, test.want)
			}
		})
	}
}

func TestPaceCutsOncePerRoundTrip(t *testing.T) {
	t.Parallel()
	limit, fake := paced(50, 0)
	calls(t, limit, fake, 200, nil)
	sent := fake.Now()
	fake.Advance(100 * time.Millisecond)
	limit.Observe(sent, throttled)
	once := limit.Rate()
	fake.Advance(50 * time.Millisecond)
	for _, late := range []time.Duration{0, 50 * time.Millisecond, 99 * time.Millisecond} {
		limit.Observe(sent.Add(late), throttled)
		limit.Observe(sent.Add(late), nil)
	}
	if got := limit.Rate(); got != once {
		t.Errorf("what went out before the cut changes the rate from %v to %v", once, got)
	}
	calls(t, limit, fake, 1, throttled)
	if got := limit.Rate(); got >= once {
		t.Errorf("what went out after the cut leaves the rate at %v", got)
	}
}

func TestPaceNeverStops(t *testing.T) {
	t.Parallel()
	limit, fake := paced(50, 0)
	calls(t, limit, fake, 50, throttled)
	if got := limit.Rate(); got != 0.5 {
		t.Errorf("%v a second, want 0.5", got)
	}
	if took := calls(t, limit, fake, 1, throttled); took > 2*time.Second {
		t.Errorf("the next call goes out after %v, want 2s at most", took)
	}
	if took := calls(t, limit, fake, 300, nil); limit.Rate() < 2 {
		t.Errorf("%v a second %v after the last refusal", limit.Rate(), took)
	}
}

// The cubic: fast at first, flat around the ceiling, ever faster beyond.
func TestPaceRecovers(t *testing.T) {
	t.Parallel()
	limit, fake := paced(500, 0) // far above what is refused below
	calls(t, limit, fake, 30, nil)
	calls(t, limit, fake, 1, throttled) // the end of the slow start
	rates := func() (rates []float64) {
		for range 5 {
			calls(t, limit, fake, 20, nil)
			rates = append(rates, limit.Rate())
		}
		return rates
	}
	rates()
	before := limit.Rate()
	calls(t, limit, fake, 1, throttled)
	low := limit.Rate()
	ceiling := low / 0.85
	got := append([]float64{low}, rates()...)
	if ceiling > before+0.001 {
		t.Errorf("the ceiling is %v, above the rate %v", ceiling, before)
	}
	var want []float64
	for i := range got {
		want = append(want, ceiling*(1+0.15*math.Pow(float64(i)/3-1, 3)))
	}
	if !slices.EqualFunc(got, want, near) {
		t.Errorf("each 20 calls from a cut: %.2f, want %.2f", got, want)
	}
}

func TestPaceGrowsOnlyUnderPressure(t *testing.T) {
	t.Parallel()
	limit, fake := paced(50, 0)
	for range 50 {
		calls(t, limit, fake, 1, nil)
		fake.Advance(5 * time.Second)
	}
	if got := limit.Rate(); got != 2.5 {
		t.Errorf("%v a second although no call had to wait", got)
	}
	if slept := fake.Slept(); len(slept) > 0 {
		t.Errorf("slept %v", slept)
	}
}

func TestPaceSavesNothingUp(t *testing.T) {
	t.Parallel()
	limit, fake := paced(50, 0)
	calls(t, limit, fake, 200, nil)
	fake.Advance(9 * time.Second)
	if took := calls(t, limit, fake, 1, nil); took != 0 {
		t.Errorf("the first call waits %v", took)
	}
	if took, want := calls(t, limit, fake, 10, nil), 10*time.Second/50; took < want {
		t.Errorf("10 calls after idling take %v, want %v at least", took, want)
	}
}

func TestPaceForgetsWhenIdle(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]error{"at the cap": nil, "once throttled": throttled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit, fake := paced(50, 0)
			calls(t, limit, fake, 200, nil)
			calls(t, limit, fake, 1, after)
			fake.Advance(11 * time.Second)
			if took := calls(t, limit, fake, 1, nil); took != 0 || limit.Rate() != 2.5 {
				t.Errorf("the first call waits %v, then %v a second", took, limit.Rate())
			}
			calls(t, limit, fake, 200, nil)
			if got := limit.Rate(); !near(got, 49.25) {
				t.Errorf("%v a second after another slow start", got)
			}
		})
	}
}

func TestPaceJitter(t *testing.T) {
	t.Parallel()
	const gap = 400 * time.Millisecond // 2.5 a second: no answer, no growth
	for random, late := range map[float64]time.Duration{0: 0, 0.5: 60 * time.Millisecond, 0.99: 118800 * time.Microsecond} {
		limit, fake := paced(50, random)
		calls(t, limit, fake, 1, &core.Error{Kind: core.Unavailable})
		for n := 1; n <= 100; n++ {
			calls(t, limit, fake, 1, &core.Error{Kind: core.Unavailable})
			if took, want := fake.Now().Sub(distant().Now()), time.Duration(n)*gap+late; took != want {
				t.Fatalf("call %d with random number %v goes out after %v, want %v: lateness must not add up", n, random, took, want)
			}
		}
	}
}

func TestPacePauses(t *testing.T) {
	t.Parallel()
	for random, want := range map[float64]struct{ first, next time.Duration }{
		0:    {0, 0},
		0.5:  {500 * time.Millisecond, 50 * time.Millisecond},
		0.99: {990 * time.Millisecond, 99 * time.Millisecond},
	} {
		limit, fake := paced(500, random)
		calls(t, limit, fake, 60, nil)
		calls(t, limit, fake, 1, throttled)
		if took := calls(t, limit, fake, 1, nil); took < want.first || took > want.first+50*time.Millisecond {
			t.Errorf("with %v, %v pass after the first Throttled, want %v", random, took, want.first)
		}
		calls(t, limit, fake, 100, nil)
		calls(t, limit, fake, 1, throttled)
		if took := calls(t, limit, fake, 1, nil); took < want.next || took > want.next+50*time.Millisecond {
			t.Errorf("with %v, %v pass after another, want %v", random, took, want.next)
		}
	}
}

func TestPaceHeedsContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		within time.Duration // of the deadline; zero: it has passed
		want   error
	}{
		"turn before the deadline": {500 * time.Millisecond, nil},
		"turn at the deadline":     {400 * time.Millisecond, nil},
		"turn after the deadline":  {399 * time.Millisecond, context.DeadlineExceeded},
		"deadline has passed":      {0, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limit, fake := paced(50, 0)
			calls(t, limit, fake, 1, nil) // the next turn comes in 400 ms
			deadline := fake.Now().Add(test.within)
			if test.within == 0 {
				deadline = time.Unix(0, 0)
			}
			ctx, cancel := context.WithDeadline(t.Context(), deadline)
			defer cancel()
			if err := limit.Wait(ctx); !errors.Is(err, test.want) {
				t.Errorf("Wait returns %v, want %v", err, test.want)
			}
			if slept := fake.Slept(); test.want != nil && len(slept) > 0 {
				t.Errorf("refused after sleeping %v", slept)
			}
			if test.want == nil {
				return
			}
			if took := calls(t, limit, fake, 1, nil); took != 400*time.Millisecond {
				t.Errorf("the next call goes out after %v: the refused one has used its turn", took)
			}
		})
	}
}

// A cut that comes while a call waits moves its turn beyond its deadline.
func TestPaceRefusesOnceTheTurnIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.New(pace.Config{PerSecond: 50, Clock: clock.System{}, Random: fixedly(0)})
		if err := limit.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		time.AfterFunc(150*time.Millisecond, func() { limit.Observe(time.Now(), throttled) })
		if err := limit.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 200*time.Millisecond {
			t.Errorf("Wait returns %v after %v", err, time.Since(started))
		}
	})
}

func TestPaceLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.New(pace.Config{PerSecond: 50, Clock: clock.System{}, Random: fixedly(0)})
		if err := limit.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		var all sync.WaitGroup
		line := func(ctx context.Context, want error, at time.Duration) {
			all.Go(func() {
				if err := limit.Wait(ctx); !errors.Is(err, want) {
					t.Errorf("Wait returns %v, want %v", err, want)
				}
				if took := time.Since(started); took != at {
					t.Errorf("Wait returns after %v, want %v", took, at)
				}
			})
			synctest.Wait()
		}
		leaving, leave := context.WithCancel(t.Context())
		soon, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		line(t.Context(), nil, 400*time.Millisecond)
		line(leaving, context.Canceled, 300*time.Millisecond)
		line(t.Context(), nil, 800*time.Millisecond)
		line(soon, context.DeadlineExceeded, 0) // three are before it
		line(t.Context(), nil, 1200*time.Millisecond)
		time.Sleep(300 * time.Millisecond)
		leave()
		all.Wait()
	})
}

func TestPaceIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		limit := pace.New(pace.Config{PerSecond: 50, Clock: clock.System{}, Random: fixedly(0.5)})
		account := &account{sliding: true}
		var mu sync.Mutex
		var all sync.WaitGroup
		refused, started := 0, time.Now()
		for range 20 {
			all.Go(func() {
				for range 20 {
					if err := limit.Wait(t.Context()); err != nil {
						t.Error(err)
					}
					sent := time.Now()
					mu.Lock()
					if !account.allow(sent) {
						refused++
					}
					mu.Unlock()
					time.Sleep(100 * time.Millisecond)
					limit.Observe(sent, nil)
					if rate := limit.Rate(); rate > 49.25 {
						t.Errorf("%v a second", rate)
					}
				}
			})
		}
		all.Wait()
		if took := time.Since(started); refused > 0 || took > 10*time.Second {
			t.Errorf("400 calls took %v, %d of them refused", took, refused)
		}
	})
}
