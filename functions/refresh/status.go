package refresh

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// Job handles GET /v1/jobs/{provider}/{id}: how far the platform has come with
// a job, down to its URLs. A job with hundreds of URLs may take several requests:
// 503 until all of them are known.
func Job(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("provider")
		provider, ok := cfg.Providers[events.Provider(name)]
		if !ok {
			problem.Error(w, core.Errorf(core.NotFound, "provider %q is not set up; set up: %s", name, cfg.names()))
			return
		}
		ctx, cancel := context.WithTimeout(r.Context(), deadline)
		defer cancel()
		job, err := provider.Job(ctx, r.PathValue("id"))
		if err != nil {
			problem.Error(w, err)
			return
		}
		reply(w, http.StatusOK, job)
	})
}

// JobList is the body of an answer to GET /v1/jobs.
type JobList struct {
	Jobs []core.JobReport `json:"jobs"` // the newest first
}

// Jobs handles GET /v1/jobs: the jobs on their way, and those that ended within
// the last day. ?media=ID lists only those that were submitted for this media or
// URL, whether or not it is among the targets that are listed of them.
func Jobs(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		jobs, err := cfg.jobs(r.Context(), r.URL.Query())
		if err != nil {
			problem.Error(w, err)
			return
		}
		reply(w, http.StatusOK, JobList{jobs})
	})
}

// jobs are those that the parameters of a request want.
func (c Config) jobs(ctx context.Context, query url.Values) ([]core.JobReport, error) {
	media := query.Get("media")
	switch {
	case !query.Has("media"):
		return c.Follower.Jobs(ctx)
	case media == "": // a script whose variable is not set
		return nil, invalid("media", media, "must be a media ID or a URL")
	}
	return c.Follower.JobsOf(ctx, media)
}

// invalid is the error for one field that is wrong.
func invalid(field string, value any, detail string) error {
	return &core.Error{Kind: core.Invalid, Message: "invalid request", Fields: []core.FieldError{{Field: field, Value: value, Detail: detail}}}
}

// Quotas is the body of an answer to GET /v1/quota.
type Quotas struct {
	Quotas  []core.Quota     `json:"quotas"`
	Unknown []UnknownQuota   `json:"unknown,omitempty"` // which no meter tells, while others do
	Waiting []core.QuotaWait `json:"waiting"`           // what waits for a new day
	Queue   *core.Depth      `json:"queue,omitempty"`   // how many messages are where
}

// UnknownQuota is a provider of whose quota nothing can be told now.
type UnknownQuota struct {
	Provider events.Provider `json:"provider"`
	Error    string          `json:"error"`
}

// Quota handles GET /v1/quota: what is left of the day's allowance of every
// provider, and what waits. One whose meter is out, or that has none, is named and
// does not hide what the others tell; where there are meters and none answers, the
// first one's error is the answer. Where a count of our own is the meter, a refusal
// by the platform means that nothing is left.
func Quota(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), deadline)
		defer cancel()
		all := Quotas{Quotas: []core.Quota{}, Waiting: []core.QuotaWait{}}
		if err := cfg.measure(ctx, &all); err != nil {
			problem.Error(w, err)
			return
		}
		if err := cfg.waiting(ctx, &all); err != nil {
			problem.Error(w, err)
			return
		}
		reply(w, http.StatusOK, all)
	})
}

// measure asks every meter. The error is the first one's if none answered.
func (c Config) measure(ctx context.Context, all *Quotas) (first error) {
	for _, name := range slices.Sorted(maps.Keys(c.Meters)) {
		quota, err := c.Meters[name].Quota(ctx)
		if err != nil {
			first = cmp.Or(first, err)
			all.Unknown = append(all.Unknown, UnknownQuota{name, text(err)})
			continue
		}
		all.Quotas = append(all.Quotas, quota)
	}
	for _, name := range slices.Sorted(maps.Keys(c.Providers)) {
		if c.Meters[name] == nil {
			all.Unknown = append(all.Unknown, UnknownQuota{name, "its day is counted in the store, and there is none (STORE_URL)"})
		}
	}
	if len(all.Quotas) > 0 {
		return nil
	}
	return first
}

// believe takes the platform's word against a count of our own.
func (c Config) believe(all *Quotas) {
	for i := range all.Quotas {
		q := &all.Quotas[i]
		if _, counted := c.Meters[q.Provider].(*core.Tally); !counted {
			continue
		}
		for _, w := range all.Waiting {
			switch {
			case w.Provider != q.Provider || !w.Refused || !c.Clock.Now().Before(w.Until):
			case w.TaskType == core.Preload:
				q.Preload.Remaining = 0
			default:
				q.Refresh.Remaining = 0
			}
		}
	}
}

// waiting adds what waits, for a new day or in the queue.
func (c Config) waiting(ctx context.Context, all *Quotas) error {
	if c.Spending != nil {
		waits, err := c.Spending.Waits(ctx)
		if err != nil {
			return err
		}
		all.Waiting = append(all.Waiting, waits...)
		c.believe(all)
	}
	if c.Queue == nil {
		return nil
	}
	depth, err := c.Queue.Depth(ctx)
	all.Queue = &depth
	return err
}
