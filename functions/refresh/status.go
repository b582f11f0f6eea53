package refresh

import (
	"context"
	"maps"
	"net/http"
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

// Quotas is the body of an answer to GET /v1/quota.
type Quotas struct {
	Quotas []core.Quota `json:"quotas"`
}

// Quota handles GET /v1/quota: what is left of the day's allowance of every
// provider that is set up.
func Quota(cfg Config) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), deadline)
		defer cancel()
		var all Quotas
		for _, name := range slices.Sorted(maps.Keys(cfg.Providers)) {
			quota, err := cfg.Providers[name].Quota(ctx)
			if err != nil {
				problem.Error(w, err)
				return
			}
			all.Quotas = append(all.Quotas, quota)
		}
		reply(w, http.StatusOK, all)
	})
}
