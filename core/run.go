package core

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"
)

// run is the work on one planned batch: the calls that it may still make, and
// what they taught about its targets.
type run struct {
	*Refresher
	refused  *sync.Map // shared by the runs of one Refresh
	hasTurn  bool      // the next call has had its turn
	finish   bool      // a call under way outlives the context
	calls    int       // left
	verdicts map[string]verdict
}

// callSort is what a refusal of the account is about: a key may be allowed to
// refresh but not to preload, and each has a quota of its own.
type callSort struct {
	target Target
	task   TaskType
}

// settle carries a batch on from err, the end of its latest call: it calls
// again, halves the batch or gives up, until every target has its verdict.
func (r *run) settle(ctx context.Context, b Batch, err error) {
	for try := 1; err != nil; try++ {
		switch step := next(KindOf(err)); {
		case step == stop:
			r.fail(b, err)
			return
		case (step == split || step == later) && len(b.IDs) > 1:
			r.bisect(ctx, b, err)
			return
		case step == split, step == once && try > 1, r.calls <= 0, !r.pause(ctx, err, try):
			r.fail(b, err)
			return
		}
		err = r.call(ctx, b)
	}
}

// bisect submits the halves of a batch that was refused as a whole, so that one
// bad member does not take the others down with it. It ends when the culprit
// stands alone, when both halves are refused with the same code (then the fault
// is not one member's), or when the batch has used up its calls. A half that
// met a passing trouble is tried again instead: that says nothing of members.
func (r *run) bisect(ctx context.Context, b Batch, err error) {
	if r.calls < 2 || ctx.Err() != nil {
		r.fail(b, err)
		return
	}
	left, right := b, b
	left.IDs, right.IDs = b.IDs[:len(b.IDs)/2], b.IDs[len(b.IDs)/2:]
	leftErr, rightErr := r.call(ctx, left), r.call(ctx, right)
	if leftErr != nil && rightErr != nil && code(leftErr) == code(rightErr) && !passing(leftErr) {
		r.fail(left, leftErr)
		r.fail(right, rightErr)
		return
	}
	r.settle(ctx, left, leftErr)
	r.settle(ctx, right, rightErr)
}

// code is the provider's code of an error, or else its kind.
func code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return cmp.Or(e.Code, string(e.Kind))
	}
	return string(KindOf(err))
}

// call makes one call and reads its answer target by target.
func (r *run) call(ctx context.Context, b Batch) error {
	sort := callSort{b.Target, b.Options.TaskType}
	if err := r.await(ctx, sort); err != nil {
		return err
	}
	r.calls--
	started := r.cfg.Clock.Now()
	sending, done := r.sending(ctx)
	answer, err := r.cfg.Provider.Submit(sending, b)
	done()
	if r.cfg.Pace != nil {
		r.cfg.Pace.Observe(started, err)
	}
	log := r.cfg.Log.With("provider", r.cfg.Provider.Name(), "task_type", b.Options.TaskType,
		"targets", len(b.IDs), "dur_ms", r.cfg.Clock.Now().Sub(started).Milliseconds())
	if err != nil {
		log.WarnContext(ctx, "submit failed", "error_kind", KindOf(err), "error", err)
		if next(KindOf(err)) == stop {
			r.refused.Store(sort, err)
		}
		return err
	}
	log.InfoContext(ctx, "submitted", "job_id", answer.JobID, "provider_request_id", answer.RequestID,
		"not_found", len(answer.NotFound), "forbidden", len(answer.Forbidden))
	for _, id := range b.IDs {
		r.verdicts[id] = verdict{state: Refreshed, jobID: answer.JobID}
	}
	for _, id := range answer.NotFound {
		r.reject(id, OutcomeNotFound)
	}
	for _, id := range answer.Forbidden {
		r.reject(id, OutcomeForbidden)
	}
	return nil
}

// sending is the context of a call. One that is to be finished gets some seconds
// more than ctx has.
func (r *run) sending(ctx context.Context) (sending context.Context, done context.CancelFunc) {
	const grace = 7 * time.Second
	deadline, ok := ctx.Deadline()
	if !r.finish || !ok {
		return ctx, func() {}
	}
	return context.WithDeadline(context.WithoutCancel(ctx), deadline.Add(grace))
}

// reject records that the platform did not accept a target. An ID that nobody
// asked for is left alone: it may be another batch's.
func (r *run) reject(id string, state OutcomeState) {
	if _, asked := r.verdicts[id]; asked {
		r.verdicts[id] = verdict{state: state}
	}
}

// await waits until a call may go out. It returns the refusal if the account is
// refused, also while it waited. Where the turn does not come before ctx ends,
// the batch has no calls left.
func (r *run) await(ctx context.Context, sort callSort) error {
	if err := r.refusal(sort); err != nil {
		return err
	}
	if r.cfg.Pace != nil && !r.hasTurn {
		if err := r.cfg.Pace.Wait(ctx); err != nil {
			r.calls = 0
			return &Error{Kind: Throttled, Message: "the call's turn did not come in time", Err: err}
		}
	}
	r.hasTurn = false
	if err := r.depart(ctx); err != nil {
		r.calls = 0
		return &Error{Kind: Unavailable, Message: "the time was up before the call", Err: err}
	}
	return r.refusal(sort)
}

// refusal is the error that the account was refused with, if it was.
func (r *run) refusal(sort callSort) error {
	found, _ := r.refused.Load(sort)
	err, _ := found.(error)
	return err
}

// fail records err for every target of the batch. A single target that the
// platform does not know is not found; of several, nobody knows which.
func (r *run) fail(b Batch, err error) {
	v := verdict{state: Failed, err: err}
	if KindOf(err) == NotFound && len(b.IDs) == 1 {
		v = verdict{state: OutcomeNotFound}
	}
	for _, id := range b.IDs {
		r.verdicts[id] = v
	}
}

// pause waits before the next try, and reports false if ctx ends first or
// would have ended by then.
func (r *run) pause(ctx context.Context, err error, try int) bool {
	wait := r.cfg.Retry.wait(KindOf(err), try, r.cfg.Random())
	if e, ok := errors.AsType[*Error](err); ok {
		wait = max(wait, e.RetryAfter)
	}
	if deadline, ok := ctx.Deadline(); ok && r.cfg.Clock.Now().Add(wait).After(deadline) {
		return false
	}
	return r.cfg.Clock.Sleep(ctx, wait) == nil
}
