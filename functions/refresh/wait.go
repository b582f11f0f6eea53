package refresh

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// patience is how long a caller prefers to wait for outcomes: "Prefer: wait=N"
// in seconds, 20 at most. What is no such preference is ignored.
//
// Source: RFC 7240, sections 2 and 4.3.
func patience(header http.Header) time.Duration {
	for _, line := range header.Values("Prefer") {
		for preference := range strings.SplitSeq(line, ",") {
			preference, _, _ = strings.Cut(preference, ";")
			name, value, _ := strings.Cut(preference, "=")
			if !strings.EqualFold(strings.TrimSpace(name), "wait") {
				continue
			}
			seconds, err := strconv.Atoi(strings.Trim(strings.TrimSpace(value), `"`))
			if err == nil && seconds >= 0 {
				return min(time.Duration(min(seconds, int(deadline.Seconds())))*time.Second, deadline)
			}
		}
	}
	return 0
}

// handOver submits tasks at once if there is no queue. Otherwise it submits for
// as long as the caller waits, and queues what is left.
func (c Config) handOver(ctx context.Context, tasks []core.Task, wait time.Duration) []core.Outcome {
	now := c.Clock.Now()
	messages := make([]core.Message, len(tasks))
	for i, t := range tasks {
		messages[i] = core.NewMessage(t, now)
	}
	direct := core.Direct{Submitter: c.Submitter}
	if c.Queue == nil {
		return direct.HandOver(ctx, messages)
	}
	queue := core.Enqueue{Queue: c.Queue}
	if wait <= 0 {
		return queue.HandOver(ctx, messages)
	}
	waiting, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	direct.Finish = true
	outcomes := direct.HandOver(waiting, messages)
	var left []core.Message
	var places []int
	for i, o := range outcomes {
		if !worthwhile(o) {
			continue
		}
		messages[i].Due = o.Again
		left, places = append(left, messages[i]), append(places, i)
	}
	for i, o := range queue.HandOver(context.WithoutCancel(ctx), left) {
		outcomes[places[i]] = o
	}
	return outcomes
}

// worthwhile reports whether a task that was not done is worth queueing: what the
// account may not do is to be told at once.
func worthwhile(o core.Outcome) bool {
	if o.Final() || o.State != core.Failed {
		return false
	}
	kind := core.KindOf(o.Err)
	return kind != core.Forbidden && kind != core.Unauthenticated
}
