package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
)

func checkRejected(ctx context.Context, h Harness) error {
	h.AddMedia("known", "https://media.example.com/known/1.mp4")
	errs := []error{reject(ctx, h, []string{"known", "ghost"}, true, "ghost", "")}
	errs = append(errs, reject(ctx, h, []string{"ghost"}, false, "ghost", ""))
	if h.ForbidMedia != nil {
		h.ForbidMedia("foreign")
		errs = append(errs, reject(ctx, h, []string{"foreign", "known"}, true, "", "foreign"))
		if h.RejectsEach {
			errs = append(errs, reject(ctx, h, []string{"foreign", "ghost"}, false, "ghost", "foreign"))
		}
	}
	return errors.Join(errs...)
}

// reject submits media of which some, named here, are not accepted.
func reject(ctx context.Context, h Harness, ids []string, job bool, notFound, forbidden string) error {
	submission, err := h.Provider.Submit(ctx, media(core.Refresh, ids...))
	if !h.RejectsEach {
		want := core.NotFound
		if forbidden != "" {
			want = core.Forbidden
		}
		return kind(fmt.Sprint("batch ", ids), err, want)
	}
	if err != nil {
		return fmt.Errorf("batch %v: %w", ids, err)
	}
	return errors.Join(
		equal(fmt.Sprintf("batch %v: a job", ids), submission.JobID != "", job),
		equal("not found", fmt.Sprint(submission.NotFound), fmt.Sprint(listed(notFound))),
		equal("forbidden", fmt.Sprint(submission.Forbidden), fmt.Sprint(listed(forbidden))),
	)
}

func listed(id string) []string {
	return slices.DeleteFunc([]string{id}, func(s string) bool { return s == "" })
}

// known makes n media known, of one URL each.
func known(h Harness, n int) (ids, urls []string) {
	for i := range n {
		id := fmt.Sprintf("media%d", i)
		url := "https://media.example.com/" + id + "/1.mp4"
		h.AddMedia(id, url)
		ids, urls = append(ids, id), append(urls, url)
	}
	return ids, urls
}

func checkFullBatch(ctx context.Context, h Harness) error {
	ids, urls := known(h, h.Provider.Limit(core.Refresh, core.Media))
	return done(ctx, h, media(core.Refresh, ids...), urls...)
}

func checkWrongSize(ctx context.Context, h Harness) error {
	ids, _ := known(h, h.Provider.Limit(core.Refresh, core.Media)+1)
	_, tooMany := h.Provider.Submit(ctx, media(core.Refresh, ids...))
	_, none := h.Provider.Submit(ctx, media(core.Refresh))
	return errors.Join(
		kind("batch over the limit", tooMany, core.Invalid),
		kind("empty batch", none, core.Invalid),
	)
}

func checkQuota(ctx context.Context, h Harness) error {
	if !h.TellsQuota {
		return nil
	}
	before, err := quota(ctx, h.Provider)
	if err != nil {
		return fmt.Errorf("quota before: %w", err)
	}
	h.AddMedia("a", "https://media.example.com/a/1.mp4")
	if _, err := h.Provider.Submit(ctx, media(core.Refresh, "a")); err != nil {
		return fmt.Errorf("submit: %w", err)
	}
	after, err := quota(ctx, h.Provider)
	if err != nil {
		return fmt.Errorf("quota after: %w", err)
	}
	errs := []error{
		equal("provider", after.Provider, h.Provider.Name()),
		equal("rest of a full quota", before.Refresh.Remaining, before.Refresh.Limit),
		equal("rest after one URL", after.Refresh.Remaining, before.Refresh.Remaining-1),
		equal("limit after one URL", after.Refresh.Limit, before.Refresh.Limit),
		equal("preload quota after a refresh", after.Preload, before.Preload),
	}
	const day = 24
	if left := after.ResetsAt.Sub(h.Now()).Hours(); left <= 0 || left > day {
		errs = append(errs, fmt.Errorf("quota resets in %.1f hours, want within a day", left))
	}
	return errors.Join(errs...)
}
