package core_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

// TestTick: jobs are asked about when a program is called, and only those that are
// due.
func TestTick(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const jobs = 50
		p := &platform{}
		p.job = func(_ context.Context, id string) (core.Job, error) {
			state := core.JobDone
			if id == "j00" {
				state = core.JobRunning
			}
			return core.Job{Provider: events.Aliyun, ID: id, State: state}, nil
		}
		f := core.NewFollower(core.FollowerConfig{Providers: map[events.Provider]core.Provider{events.Aliyun: p}, Store: memory.NewStore(nil)})
		f.Tick(t.Context())
		for i := range jobs {
			track(t, f, tracked(fmt.Sprintf("j%02d", i)))
		}
		for _, test := range []struct {
			after   time.Duration
			asked   int // in all
			pending int
		}{
			{time.Second, 0, jobs},
			{time.Minute, jobs, 1},
			{time.Second, jobs, 1},
			{time.Minute, jobs + 1, 1},
		} {
			time.Sleep(test.after)
			f.Tick(t.Context())
			if asked := len(p.questions()); asked != test.asked || pending(t, f) != test.pending {
				t.Errorf("asked %d times and %d jobs are left, want %d and %d", asked, pending(t, f), test.asked, test.pending)
			}
		}
	})
}

func TestTickEndsInTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := &platform{}
		p.job = func(ctx context.Context, _ string) (core.Job, error) {
			<-ctx.Done()
			return core.Job{}, ctx.Err()
		}
		f := core.NewFollower(core.FollowerConfig{Providers: map[events.Provider]core.Provider{events.Aliyun: p}, Store: memory.NewStore(nil)})
		for i := range 30 {
			track(t, f, tracked(fmt.Sprintf("j%02d", i)))
		}
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		began := time.Now()
		f.Tick(ctx)
		if took := time.Since(began); took > 4*time.Second || pending(t, f) != 30 {
			t.Errorf("it took %s, and %d jobs are left", took, pending(t, f))
		}
	})
}
