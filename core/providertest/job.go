package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func checkIdentity(_ context.Context, h Harness) error {
	var errs []error
	if name := h.Provider.Name(); name != events.Aliyun && name != events.Huawei {
		errs = append(errs, fmt.Errorf("name is %q, want that of a provider", name))
	}
	if h.Provider.Limit(core.Refresh, core.Media) < 1 {
		errs = append(errs, errors.New("no media can be refreshed"))
	}
	for _, task := range []core.TaskType{core.Refresh, core.Preload, ""} {
		for _, target := range []core.Target{core.Media, core.URL, ""} {
			limit := h.Provider.Limit(task, target)
			if limit < 0 || limit > 0 && (task == "" || target == "") {
				errs = append(errs, fmt.Errorf("limit of task type %q and target %q is %d", task, target, limit))
			}
		}
	}
	return errors.Join(errs...)
}

// media is a batch of media with no option but the task type.
func media(task core.TaskType, ids ...string) core.Batch {
	return core.Batch{Target: core.Media, IDs: ids, Options: core.Options{TaskType: task}}
}

// follow submits a batch, sees its job run, and returns the job as it ended.
func follow(ctx context.Context, h Harness, batch core.Batch) (core.Job, error) {
	submission, err := h.Provider.Submit(ctx, batch)
	if err != nil {
		return core.Job{}, fmt.Errorf("submit: %w", err)
	}
	if submission.JobID == "" || len(submission.NotFound) > 0 || len(submission.Forbidden) > 0 {
		return core.Job{}, fmt.Errorf("submission is %+v, want all accepted", submission)
	}
	job, err := h.Provider.Job(ctx, submission.JobID)
	if err != nil {
		return core.Job{}, fmt.Errorf("job right after: %w", err)
	}
	if err := errors.Join(
		equal("state right after", job.State, core.JobRunning),
		equal("ID", job.ID, submission.JobID),
		equal("provider", job.Provider, h.Provider.Name()),
	); err != nil {
		return core.Job{}, err
	}
	h.Advance(h.JobTime)
	job, err = h.Provider.Job(ctx, submission.JobID)
	if err != nil {
		return core.Job{}, fmt.Errorf("job at its end: %w", err)
	}
	return job, nil
}

// done follows a batch and checks that its job ended well, with these URLs in
// any order.
func done(ctx context.Context, h Harness, batch core.Batch, urls ...string) error {
	job, err := follow(ctx, h, batch)
	if err != nil {
		return err
	}
	errs := []error{equal("state", job.State, core.JobDone)}
	if job.TaskType != "" {
		errs = append(errs, equal("task type", job.TaskType, batch.Options.TaskType))
	}
	var got []string
	for _, result := range job.URLs {
		got = append(got, result.URL)
		errs = append(errs, equal("state of a URL", result.State, core.JobDone))
	}
	slices.Sort(got)
	slices.Sort(urls)
	if !slices.Equal(got, urls) {
		errs = append(errs, fmt.Errorf("URLs are %v, want %v", got, urls))
	}
	return errors.Join(errs...)
}

func checkJob(ctx context.Context, h Harness) error {
	urls := []string{"https://media.example.com/a/1.mp4", "https://media.example.com/a/2.mp4"}
	h.AddMedia("a", urls...)
	return done(ctx, h, media(core.Refresh, "a"), urls...)
}

func checkFailedJob(ctx context.Context, h Harness) error {
	if h.BrokenURL == "" {
		return nil
	}
	h.AddMedia("a", "https://media.example.com/a/1.mp4", h.BrokenURL)
	job, err := follow(ctx, h, media(core.Refresh, "a"))
	if err != nil {
		return err
	}
	errs := []error{equal("state", job.State, core.JobFailed), equal("number of URLs", len(job.URLs), 2)}
	for _, result := range job.URLs {
		want := core.JobDone
		if result.URL == h.BrokenURL {
			want = core.JobFailed
			if result.Detail == "" {
				errs = append(errs, errors.New("a URL failed without a reason"))
			}
		}
		errs = append(errs, equal("state of a URL", result.State, want))
	}
	return errors.Join(errs...)
}

func checkPreload(ctx context.Context, h Harness) error {
	if h.Provider.Limit(core.Preload, core.Media) == 0 {
		return nil
	}
	h.AddMedia("a", "https://media.example.com/a/1.mp4")
	return done(ctx, h, media(core.Preload, "a"), "https://media.example.com/a/1.mp4")
}

func checkURLs(ctx context.Context, h Harness) error {
	urls := []string{"https://media.example.com/a/1.mp4", "https://media.example.com/a/2.mp4"}
	h.AddMedia("a", urls...)
	var errs []error
	for _, task := range []core.TaskType{core.Refresh, core.Preload} {
		if h.Provider.Limit(task, core.URL) > 0 {
			batch := core.Batch{Target: core.URL, IDs: slices.Clone(urls), Options: core.Options{TaskType: task}}
			errs = append(errs, done(ctx, h, batch, urls...))
		}
	}
	return errors.Join(errs...)
}

func checkUnknownJob(ctx context.Context, h Harness) error {
	var errs []error
	for _, id := range []string{"nosuchjob", "4711", "4711,4712"} {
		_, err := h.Provider.Job(ctx, id)
		errs = append(errs, kind("job "+id, err, core.NotFound))
	}
	return errors.Join(errs...)
}
