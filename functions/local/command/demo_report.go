package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// demoReport is what demo prints with -o json.
type demoReport struct {
	Callbacks []demoCallback `json:"callbacks"`
	Calls     []providerCall `json:"calls"`
	Jobs      []demoJob      `json:"jobs"`

	stateless bool
}

type demoCallback struct {
	Provider   events.Provider  `json:"provider"`
	EventType  string           `json:"event_type"`
	MediaID    string           `json:"media_id"`
	HTTPStatus int              `json:"http_status"`
	Verdict    callback.Verdict `json:"verdict"`

	what  string         // the case in words
	why   string         // the reason of the verdict
	calls []providerCall // what it led to
	jobID string
}

type demoJob struct {
	Provider events.Provider `json:"provider"`
	ID       string          `json:"id"`
	State    core.JobState   `json:"state"`
	Targets  []string        `json:"targets"`
}

// ends fills in what became of the callbacks that were queued, and the jobs.
func (d *demoReport) ends(ctx context.Context, serving *service.Service) error {
	jobs, err := serving.Follower.Jobs(ctx)
	if err != nil {
		return err
	}
	slices.Reverse(jobs) // the oldest first
	for _, j := range jobs {
		d.Jobs = append(d.Jobs, demoJob{j.Provider, j.ID, j.State, j.Targets})
	}
	dead, err := serving.Dead(ctx)
	if err != nil {
		return err
	}
	for i := range d.Callbacks {
		c := &d.Callbacks[i]
		if c.Verdict != callback.Verdict(core.Queued) {
			continue
		}
		c.Verdict, c.why = callback.Verdict(core.OutcomeCovered), "an earlier refresh came after it"
		if len(c.calls) == 0 {
			continue
		}
		c.Verdict, c.why = callback.Verdict(core.Failed), "it is tried again later"
		for _, j := range jobs {
			if slices.Contains(j.Targets, c.MediaID) {
				c.Verdict, c.why, c.jobID = callback.Verdict(core.Refreshed), "", j.ID
			}
		}
		for _, letter := range dead {
			if letter.Message.Task.ID == c.MediaID {
				c.giveUp(letter.Reason)
			}
		}
	}
	return nil
}

// giveUp is what a dead letter says of a callback.
func (c *demoCallback) giveUp(reason string) {
	state, why, _ := strings.Cut(reason, ": ")
	switch core.OutcomeState(state) {
	case core.OutcomeNotFound, core.OutcomeForbidden:
		c.Verdict, c.why = callback.Verdict(state), why
	default:
		c.Verdict, c.why = callback.Verdict(core.Failed), reason
	}
}

// failed is an error if the platform could not be used.
func (d *demoReport) failed() error {
	for _, c := range d.Callbacks {
		if c.Verdict == callback.Verdict(core.Failed) {
			return fmt.Errorf("%s: %s", c.what, c.why)
		}
	}
	return nil
}

// short is as much of a job's ID as tells it apart from the others of the table.
func (d *demoReport) short(id string) string {
	head := func(id string) string { return fmt.Sprintf("%.8s", id) }
	ends := func(id string) string { return head(id) + "…" + id[max(0, len(id)-4):] }
	for _, shorten := range []func(string) string{head, ends} {
		alike := func(j demoJob) bool { return j.ID != id && shorten(j.ID) == shorten(id) }
		if !slices.ContainsFunc(d.Jobs, alike) {
			return shorten(id)
		}
	}
	return id
}

// table shows a person what became of each callback.
func (d *demoReport) table(w io.Writer) {
	fmt.Fprintln(w, "CALLBACK\tEVENT\tMEDIA\tHTTP\tAPI CALL\tJOB\tVERDICT")
	states := make(map[string]core.JobState, len(d.Jobs))
	for _, j := range d.Jobs {
		states[j.ID] = j.State
	}
	for _, c := range d.Callbacks {
		call, job := "none", "-"
		for _, made := range c.calls {
			call = made.Action + " -> no answer"
			if made.HTTPStatus != 0 {
				call = fmt.Sprintf("%s -> %d", made.Action, made.HTTPStatus)
			}
		}
		if c.jobID != "" {
			job = fmt.Sprintf("%s: %s", d.short(c.jobID), states[c.jobID])
		}
		verdict := string(c.Verdict)
		if c.why != "" {
			verdict += ": " + c.why
		}
		fmt.Fprintf(w, "%s\t%s\t%.8s\t%d\t%s\t%s\t%s\n", c.what, c.EventType, c.MediaID, c.HTTPStatus, call, job, verdict)
	}
	if d.stateless && len(d.Jobs) > 0 {
		fmt.Fprintln(w, "\nThe duplicate was paid for twice: without a store (STORE_URL=none:) nothing remembers the first one.")
	}
}
