package core

import (
	"context"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// hands are what a worker has received and not yet submitted, lane by lane.
type hands struct {
	*Worker

	lanes    map[events.Provider]*lane
	room     wake // rings when a lane has let go of something
	extended time.Time
}

const (
	inHand    = 400              // most messages: some calls' worth, with their doubles
	idleWait  = 5 * time.Second  // how long a question to an empty queue lasts
	holdOn    = 10 * time.Second // how often the leases of what is in hand begin anew
	queueDown = time.Second      // the pause after the queue could not be reached
)

// run receives messages and gives them to their lanes until ctx ends.
func (h *hands) run(ctx context.Context) {
	h.extended = h.cfg.Clock.Now()
	for ctx.Err() == nil {
		h.extend(ctx)
		room := inHand
		for _, l := range h.lanes {
			room -= l.size()
		}
		if room <= 0 {
			h.room.rest(ctx, h.cfg.Clock, holdOn)
			continue
		}
		got, err := h.cfg.Queue.Receive(ctx, room, idleWait)
		if err != nil && ctx.Err() == nil {
			h.cfg.Log.WarnContext(ctx, "could not receive from the queue", "error_kind", KindOf(err), "error", err)
			_ = h.cfg.Clock.Sleep(ctx, queueDown) // an end of ctx ends the loop as well
		}
		kept := h.sift(ctx, got)
		h.sort(ctx, kept)
		if len(got) < room { // else there may be much more
			h.standBack(ctx, h.pause(got, len(kept)))
		}
	}
}

// pause is how long to leave the queue to the other instances after little was in
// it, of which less was kept. If all of them took every message as it comes, none
// would fill a call.
func (h *hands) pause(got []Delivery, kept int) time.Duration {
	const (
		little  = 3 // calls' worth, covered messages included
		lingers = 3 // for each other instance
		unknown = 3 // instances, while they have not met
		longest = 5 * time.Second
	)
	var wait time.Duration
	for _, d := range got {
		l := h.lanes[d.Message.Task.Provider]
		if l == nil {
			continue
		}
		if limit := l.limit(d.Message.Task); kept >= limit || len(got) >= little*limit {
			return 0
		}
		others := l.refresher.instances() - 1
		if others >= Crowd-1 { // nobody knows yet
			others = unknown
		}
		wait = max(wait, time.Duration(lingers*others)*h.cfg.Linger)
	}
	return min(wait, longest)
}

// standBack leaves the queue to the other instances for a while, or for as long as
// there is a call's worth in hand, if there is one: who has run out of work meanwhile
// would lose its turns.
func (h *hands) standBack(ctx context.Context, wait time.Duration) {
	const look = 100 * time.Millisecond
	busy := h.busy()
	for end := h.cfg.Clock.Now().Add(wait); ; {
		left := end.Sub(h.cfg.Clock.Now())
		if left <= 0 || h.cfg.Clock.Sleep(ctx, min(look, left)) != nil || busy && !h.busy() {
			return
		}
	}
}

// busy reports whether any lane has a call's worth in hand.
func (h *hands) busy() bool {
	for _, l := range h.lanes {
		if l.full() {
			return true
		}
	}
	return false
}

// sift ends the deliveries that are covered already, so that none of them takes
// another's place in a call. What is given up is kept: it becomes a dead letter. If
// coverage cannot be asked, they are all kept.
func (h *hands) sift(ctx context.Context, deliveries []Delivery) []Delivery {
	var kept, asked []Delivery
	for _, d := range deliveries {
		if d.Message.GiveUp != "" {
			kept = append(kept, d)
		} else {
			asked = append(asked, d)
		}
	}
	covered, err := h.cfg.Submitter.covered(ctx, messagesOf(asked))
	if err != nil {
		return deliveries
	}
	var ended []Settlement
	for i, d := range asked {
		if covered[i] {
			ended = append(ended, Settlement{Delivery: d, Outcome: Outcome{Task: d.Message.Task, State: OutcomeCovered}})
		} else {
			kept = append(kept, d)
		}
	}
	h.settle(context.WithoutCancel(ctx), ended)
	return kept
}

// sort gives deliveries to their lanes. What has no lane, or no hope, is dead.
func (h *hands) sort(ctx context.Context, deliveries []Delivery) {
	lanes := make(map[*lane][]Delivery, len(h.lanes))
	var ended []Settlement
	for _, d := range deliveries {
		l := h.lanes[d.Message.Task.Provider]
		switch {
		case d.Message.GiveUp != "":
			ended = append(ended, dead(d, d.Message.GiveUp))
		case l == nil:
			ended = append(ended, dead(d, "provider "+Quote(string(d.Message.Task.Provider))+" is not set up"))
		default:
			lanes[l] = append(lanes[l], d)
		}
	}
	for l, of := range lanes {
		l.add(of)
	}
	h.settle(context.WithoutCancel(ctx), ended)
}

// dead gives up a delivery that was not submitted.
func dead(d Delivery, reason string) Settlement {
	return Settlement{Delivery: d, Dead: reason, Outcome: Outcome{Task: d.Message.Task, State: Failed, Err: Errorf(Invalid, "%s", reason)}}
}

// extend keeps what is in hand ours, however long the calls' turns take.
func (h *hands) extend(ctx context.Context) {
	now := h.cfg.Clock.Now()
	if now.Sub(h.extended) < holdOn {
		return
	}
	h.extended = now
	held := h.held()
	if len(held) == 0 {
		return
	}
	if err := h.cfg.Queue.Extend(ctx, held); err != nil && ctx.Err() == nil {
		h.cfg.Log.WarnContext(ctx, "leases could not be extended, messages may come twice", "messages", len(held), "error", err)
	}
}

// held are the deliveries that wait in any lane.
func (h *hands) held() []Delivery {
	var all []Delivery
	for _, l := range h.lanes {
		all = append(all, l.held()...)
	}
	return all
}
