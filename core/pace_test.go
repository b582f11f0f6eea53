package core_test

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
)

// throttled is what a platform says that has had enough.
var throttled = &core.Error{Kind: core.Throttled}

// fixed is a random number that is always the same.
func fixed(x float64) func() float64 { return func() float64 { return x } }

// paced is a pace on a clock that moves only as the pace sleeps.
func paced(perSecond, random float64) (*core.Pace, *clock.Fake) {
	fake := farFuture()
	return core.NewPace(core.PaceConfig{PerSecond: perSecond, Clock: fake, Random: fixed(random)}), fake
}

// calls makes so many calls that end at once, all in the same way, and returns
// the time that they took.
func calls(t *testing.T, p *core.Pace, c *clock.Fake, n int, err error) time.Duration {
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
	pace := core.NewPace(core.PaceConfig{PerSecond: 50, Clock: fake, Random: fixed(0.5)})
	call := func(err error) {
		if err := pace.Wait(context.Background()); err != nil {
			fmt.Println(err)
		}
		pace.Observe(fake.Now(), err)
	}
	fmt.Printf("%.1f a second to begin with\n", pace.Rate())
	for range 100 {
		call(nil)
	}
	fmt.Printf("%.1f after 100 good calls\n", pace.Rate())
	call(&core.Error{Kind: core.Throttled})
	fmt.Printf("%.1f once throttled\n", pace.Rate())
	for range 60 {
		call(nil)
	}
	fmt.Printf("%.1f after 60 more\n", pace.Rate())
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
			pace, fake := paced(perSecond, 0)
			if got := pace.Rate(); !near(got, want.first) {
				t.Errorf("begins with %v a second, want %v", got, want.first)
			}
			for range 2000 {
				calls(t, pace, fake, 1, nil)
				if got := pace.Rate(); got > want.most+0.001 {
					t.Fatalf("rises to %v a second, want %v at most", got, want.most)
				}
			}
			if got := pace.Rate(); !near(got, want.most) {
				t.Errorf("ends with %v a second, want %v", got, want.most)
			}
		})
	}
}

// sharing is a pace whose number of instances the test changes.
func sharing(n *int) (*core.Pace, *clock.Fake) {
	fake := farFuture()
	return core.NewPace(core.PaceConfig{PerSecond: 50, Instances: func() int { return *n }, Clock: fake, Random: fixed(0)}), fake
}

func TestPaceDefaults(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := core.NewPace(core.PaceConfig{PerSecond: 50})
		started := time.Now()
		for range 2 {
			if err := pace.Wait(t.Context()); err != nil {
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
			pace, fake := sharing(&n)
			calls(t, pace, fake, 1, nil)
			if got := pace.Rate(); !near(got, want.first) {
				t.Errorf("begins with %v a second, want %v", got, want.first)
			}
			calls(t, pace, fake, 300, nil)
			if got := pace.Rate(); !near(got, want.most) {
				t.Errorf("ends with %v a second, want %v", got, want.most)
			}
		})
	}
}

func TestPaceFollowsItsShare(t *testing.T) {
	t.Parallel()
	n := 1
	pace, fake := sharing(&n)
	calls(t, pace, fake, 200, nil)
	for _, step := range []struct {
		n    int
		want float64
	}{{4, 49.25 / 4}, {16, 49.25 / 16}, {1000, 0.5}, {8, 49.25 / 8}, {1, 49.25}} {
		n = step.n
		calls(t, pace, fake, 2, nil) // the first has its turn at the old rate, or is told while it waits
		if got := pace.Rate(); !near(got, step.want) {
			t.Errorf("%v a second among %d, want %v", got, n, step.want)
		}
	}
}

// What was learnt from Throttled is about all instances together.
func TestPaceRemembersWhatOthersUse(t *testing.T) {
	t.Parallel()
	n := 4
	pace, fake := sharing(&n)
	calls(t, pace, fake, 200, nil)
	calls(t, pace, fake, 1, throttled)
	before := pace.Rate()
	for _, n = range []int{8, 2, 4} {
		calls(t, pace, fake, 1, &core.Error{Kind: core.Unavailable})
		if got, want := pace.Rate(), before*4/float64(n); !near(got, want) {
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
			pace, fake := sharing(&n)
			calls(t, pace, fake, 5, met)
			if got := pace.Rate(); got != 0.5 {
				t.Errorf("%v a second in a crowd, want 0.5", got)
			}
			n = 16
			calls(t, pace, fake, 1, &core.Error{Kind: core.Unavailable})
			if got := pace.Rate(); got < 2.5 || got > 49.25/16+0.001 {
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
		pace, fake := sharing(&n)
		calls(t, pace, fake, 100, nil)
		n = 1
		calls(t, pace, fake, 1, nil)
		for end := fake.Now().Add(after); fake.Now().Before(end); {
			calls(t, pace, fake, 1, nil)
		}
		pace.Observe(fake.Now(), throttled)
		if got := pace.Rate(); got < want.least-0.001 || got > want.most {
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
		pace := core.NewPace(core.PaceConfig{PerSecond: 50, Instances: func() int { return int(n.Load()) }, Random: fixed(0)})
		if err := pace.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		time.AfterFunc(450*time.Millisecond, func() { n.Store(1) })
		if err := pace.Wait(t.Context()); err != nil || time.Since(started) != 500*time.Millisecond {
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
			pace, fake := paced(50, 0)
			calls(t, pace, fake, 20, test.err)
			if got := pace.Rate(); (got > 2.5) != test.grows || got < 2.5 {
				t.Errorf("%v a second after 20 calls, from 2.5", got)
			}
		})
	}
}

// One answer counts for a second at most, however long it took.
func TestPaceDoublesInSteps(t *testing.T) {
	t.Parallel()
	pace, fake := paced(50, 0)
	for range 2 {
		if err := pace.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	sent := fake.Now()
	fake.Advance(9 * time.Second)
	pace.Observe(sent, nil)
	if got, want := pace.Rate(), 2.5*math.Exp2(1/0.45); !near(got, want) {
		t.Errorf("%v a second, want %v", got, want)
	}
}

func TestPaceCuts(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before    func(*testing.T, *core.Pace, *clock.Fake)
		want, off float64 // a second, and by how much it may be off
	}{
		"first call": {func(t *testing.T, p *core.Pace, _ *clock.Fake) {
			t.Helper()
			if err := p.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}, 0.60 * 2.5, 0},
		"nothing accepted": {func(t *testing.T, p *core.Pace, c *clock.Fake) {
			t.Helper()
			calls(t, p, c, 2, &core.Error{Kind: core.Unavailable})
		}, 0.5, 0},
		"in slow start: steeply, from what was accepted": {func(t *testing.T, p *core.Pace, c *clock.Fake) {
			t.Helper()
			if took := calls(t, p, c, 4, nil); took > time.Second || p.Rate() < 4 {
				t.Fatalf("4 calls took %v and led to %v a second", took, p.Rate())
			}
		}, 0.60 * 4, 0},
		"at the cap: gently": {func(t *testing.T, p *core.Pace, c *clock.Fake) {
			t.Helper()
			calls(t, p, c, 200, nil)
		}, 0.85 * 49, 0.85},
		"with calls too few to tell: from the rate": {func(t *testing.T, p *core.Pace, c *clock.Fake) {
			t.Helper()
			calls(t, p, c, 200, nil)
			c.Advance(5 * time.Second)
			calls(t, p, c, 1, nil)
		}, 0.85 * 49.25, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pace, fake := paced(50, 0)
			test.before(t, pace, fake)
			pace.Observe(fake.Now(), throttled)
			if got := pace.Rate(); math.Abs(got-test.want) > test.off+0.001 {
				t.Errorf("%v a second, want %v", got, test.want)
			}
		})
	}
}

func TestPaceCutsOncePerRoundTrip(t *testing.T) {
	t.Parallel()
	pace, fake := paced(50, 0)
	calls(t, pace, fake, 200, nil)
	sent := fake.Now()
	fake.Advance(100 * time.Millisecond)
	pace.Observe(sent, throttled)
	once := pace.Rate()
	fake.Advance(50 * time.Millisecond)
	for _, late := range []time.Duration{0, 50 * time.Millisecond, 99 * time.Millisecond} {
		pace.Observe(sent.Add(late), throttled)
		pace.Observe(sent.Add(late), nil)
	}
	if got := pace.Rate(); got != once {
		t.Errorf("what went out before the cut changes the rate from %v to %v", once, got)
	}
	calls(t, pace, fake, 1, throttled)
	if got := pace.Rate(); got >= once {
		t.Errorf("what went out after the cut leaves the rate at %v", got)
	}
}

func TestPaceNeverStops(t *testing.T) {
	t.Parallel()
	pace, fake := paced(50, 0)
	calls(t, pace, fake, 50, throttled)
	if got := pace.Rate(); got != 0.5 {
		t.Errorf("%v a second, want 0.5", got)
	}
	if took := calls(t, pace, fake, 1, throttled); took > 2*time.Second {
		t.Errorf("the next call goes out after %v, want 2s at most", took)
	}
	if took := calls(t, pace, fake, 300, nil); pace.Rate() < 2 {
		t.Errorf("%v a second %v after the last refusal", pace.Rate(), took)
	}
}

// The cubic: fast at first, flat around the ceiling, ever faster beyond.
func TestPaceRecovers(t *testing.T) {
	t.Parallel()
	pace, fake := paced(500, 0) // far above what is refused below
	calls(t, pace, fake, 30, nil)
	calls(t, pace, fake, 1, throttled) // the end of the slow start
	rates := func() (rates []float64) {
		for range 5 {
			calls(t, pace, fake, 20, nil)
			rates = append(rates, pace.Rate())
		}
		return rates
	}
	rates()
	before := pace.Rate()
	calls(t, pace, fake, 1, throttled)
	low := pace.Rate()
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
	pace, fake := paced(50, 0)
	for range 50 {
		calls(t, pace, fake, 1, nil)
		fake.Advance(5 * time.Second)
	}
	if got := pace.Rate(); got != 2.5 {
		t.Errorf("%v a second although no call had to wait", got)
	}
	if slept := fake.Slept(); len(slept) > 0 {
		t.Errorf("slept %v", slept)
	}
}

func TestPaceSavesNothingUp(t *testing.T) {
	t.Parallel()
	pace, fake := paced(50, 0)
	calls(t, pace, fake, 200, nil)
	fake.Advance(9 * time.Second)
	if took := calls(t, pace, fake, 1, nil); took != 0 {
		t.Errorf("the first call waits %v", took)
	}
	if took, want := calls(t, pace, fake, 10, nil), 10*time.Second/50; took < want {
		t.Errorf("10 calls after idling take %v, want %v at least", took, want)
	}
}

func TestPaceForgetsWhenIdle(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]error{"at the cap": nil, "once throttled": throttled} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pace, fake := paced(50, 0)
			calls(t, pace, fake, 200, nil)
			calls(t, pace, fake, 1, after)
			fake.Advance(11 * time.Second)
			if took := calls(t, pace, fake, 1, nil); took != 0 || pace.Rate() != 2.5 {
				t.Errorf("the first call waits %v, then %v a second", took, pace.Rate())
			}
			calls(t, pace, fake, 200, nil)
			if got := pace.Rate(); !near(got, 49.25) {
				t.Errorf("%v a second after another slow start", got)
			}
		})
	}
}

func TestPaceJitter(t *testing.T) {
	t.Parallel()
	const gap = 400 * time.Millisecond // 2.5 a second: no answer, no growth
	for random, late := range map[float64]time.Duration{0: 0, 0.5: 60 * time.Millisecond, 0.99: 118800 * time.Microsecond} {
		pace, fake := paced(50, random)
		calls(t, pace, fake, 1, &core.Error{Kind: core.Unavailable})
		for n := 1; n <= 100; n++ {
			calls(t, pace, fake, 1, &core.Error{Kind: core.Unavailable})
			if took, want := fake.Now().Sub(farFuture().Now()), time.Duration(n)*gap+late; took != want {
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
		pace, fake := paced(500, random)
		calls(t, pace, fake, 60, nil)
		calls(t, pace, fake, 1, throttled)
		if took := calls(t, pace, fake, 1, nil); took < want.first || took > want.first+50*time.Millisecond {
			t.Errorf("with %v, %v pass after the first Throttled, want %v", random, took, want.first)
		}
		calls(t, pace, fake, 100, nil)
		calls(t, pace, fake, 1, throttled)
		if took := calls(t, pace, fake, 1, nil); took < want.next || took > want.next+50*time.Millisecond {
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
			pace, fake := paced(50, 0)
			calls(t, pace, fake, 1, nil) // the next turn comes in 400 ms
			deadline := fake.Now().Add(test.within)
			if test.within == 0 {
				deadline = time.Unix(0, 0)
			}
			ctx, cancel := context.WithDeadline(t.Context(), deadline)
			defer cancel()
			if err := pace.Wait(ctx); !errors.Is(err, test.want) {
				t.Errorf("Wait returns %v, want %v", err, test.want)
			}
			if slept := fake.Slept(); test.want != nil && len(slept) > 0 {
				t.Errorf("refused after sleeping %v", slept)
			}
			if test.want == nil {
				return
			}
			if took := calls(t, pace, fake, 1, nil); took != 400*time.Millisecond {
				t.Errorf("the next call goes out after %v: the refused one has used its turn", took)
			}
		})
	}
}

// A cut that comes while a call waits moves its turn beyond its deadline.
func TestPaceRefusesOnceTheTurnIsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := core.NewPace(core.PaceConfig{PerSecond: 50, Clock: clock.System{}, Random: fixed(0)})
		if err := pace.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		time.AfterFunc(150*time.Millisecond, func() { pace.Observe(time.Now(), throttled) })
		if err := pace.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(started) != 200*time.Millisecond {
			t.Errorf("Wait returns %v after %v", err, time.Since(started))
		}
	})
}

func TestPaceLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		pace := core.NewPace(core.PaceConfig{PerSecond: 50, Clock: clock.System{}, Random: fixed(0)})
		if err := pace.Wait(t.Context()); err != nil {
			t.Fatal(err)
		}
		started := time.Now()
		var all sync.WaitGroup
		line := func(ctx context.Context, want error, at time.Duration) {
			all.Go(func() {
				if err := pace.Wait(ctx); !errors.Is(err, want) {
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
		pace := core.NewPace(core.PaceConfig{PerSecond: 50, Clock: clock.System{}, Random: fixed(0.5)})
		account := &account{sliding: true}
		var mu sync.Mutex
		var all sync.WaitGroup
		refused, started := 0, time.Now()
		for range 20 {
			all.Go(func() {
				for range 20 {
					if err := pace.Wait(t.Context()); err != nil {
						t.Error(err)
					}
					sent := time.Now()
					mu.Lock()
					if !account.allow(sent) {
						refused++
					}
					mu.Unlock()
					time.Sleep(100 * time.Millisecond)
					pace.Observe(sent, nil)
					if rate := pace.Rate(); rate > 49.25 {
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
