package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

func (s *session) jobs() *cobra.Command {
	var server, provider, media string
	var watch bool
	cmd := &cobra.Command{
		Use:   "jobs [JOB_ID]",
		Short: "List the jobs of the last day, or show how far one has come, down to its URLs",
		Long: "List the jobs of the last day, of every media or of one: those that the server on LISTEN_ADDR knows of, or that of --server,\n" +
			"or, where QUEUE_URL and STORE_URL name engines that others can reach, these. With a JOB_ID, in full, ask the platform (or\n" +
			"--server) how far that one has come, down to its URLs; one of Huawei's needs --provider huawei. A JOB_ID that failed ends in\n" +
			"exit code 1.",
		Example: "  vodrefresh jobs --server https://vod.example.com\n  vodrefresh jobs --media 43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e\n" +
			"  vodrefresh jobs c5dbc0155e01e90383e8fb8abd2e94de --watch",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			if err := knownProvider(provider); err != nil {
				return err
			}
			query := make(url.Values)
			if cmd.Flags().Changed("media") {
				query.Set("media", media)
			}
			if len(ids) > 0 && len(query) > 0 {
				return usageError{errors.New("jobs: a JOB_ID or --media, not both")}
			}
			connect := s.connect
			if len(ids) == 0 {
				connect = s.connectQueue
			}
			c, closeClient, err := connect(cmd.Context(), server)
			if err != nil {
				return err
			}
			defer closeClient()
			if len(ids) == 0 {
				return s.jobList(cmd.Context(), c, query)
			}
			err = s.job(cmd.Context(), c, "/v1/jobs/"+url.PathEscape(provider)+"/"+url.PathEscape(ids[0]), watch)
			if errors.As(err, new(notFoundError)) && !cmd.Flags().Changed("provider") {
				return fmt.Errorf("%w; one of Huawei's needs --provider huawei", err)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "ask this running server, with the first of API_TOKENS")
	cmd.Flags().StringVar(&provider, "provider", "aliyun", "with a JOB_ID, whose job it is, aliyun or huawei")
	cmd.Flags().StringVar(&media, "media", "", "list only the jobs that were submitted for this media ID or URL")
	cmd.Flags().BoolVar(&watch, "watch", false, "wait until the job ends")
	return cmd
}

// jobList shows the jobs that a server knows of: all, or those that a query wants.
func (s *session) jobList(ctx context.Context, c *client, query url.Values) error {
	path := "/v1/jobs"
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	var list refresh.JobList
	if err := c.ask(ctx, http.MethodGet, path, nil, &list); err != nil {
		return err
	}
	if len(query) > 0 && len(list.Jobs) == 0 {
		s.sayf("no job of the last day is about %s: what waits for quota is in `vodrefresh quota`, what was given up in `vodrefresh dead list`", query.Get("media"))
	}
	return s.print(list, func(w io.Writer) {
		fmt.Fprintln(w, "JOB\tPROVIDER\tTYPE\tSTATE\tTARGETS\tURLS\tFAILED\tSUBMITTED\tWAITED\tTOOK\tERROR")
		for _, j := range list.Jobs {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\t%s\t%s\t%s\n", j.ID, j.Provider, j.TaskType, j.State, j.Count, j.URLs, j.FailedURLs,
				j.Submitted.Format(time.RFC3339), milliseconds(j.CallbackToSubmitted), milliseconds(j.SubmittedToDone), j.Error)
		}
	})
}

func milliseconds(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// job shows one job; one that failed is an error.
func (s *session) job(ctx context.Context, c *client, path string, watch bool) error {
	job, err := s.follow(ctx, c, path, watch)
	if err != nil {
		return err
	}
	err = s.print(job, func(w io.Writer) { jobTable(w, job) })
	if job.State == core.JobFailed {
		err = errors.Join(err, errors.New("the job failed"))
	}
	return err
}

// follow asks for a job, and if watch is set again until it ends.
func (s *session) follow(ctx context.Context, c *client, path string, watch bool) (core.Job, error) {
	const pause = 2 * time.Second
	for {
		var job core.Job
		if err := c.ask(ctx, http.MethodGet, path, nil, &job); err != nil {
			return core.Job{}, err
		}
		if !watch || job.State != core.JobRunning {
			return job, nil
		}
		s.sayf("%s: %d URLs, still running", job.ID, len(job.URLs))
		if err := s.Clock.Sleep(ctx, pause); err != nil {
			return core.Job{}, err
		}
	}
}

func jobTable(w io.Writer, job core.Job) {
	fmt.Fprintf(w, "JOB\tTYPE\tSTATE\tERROR\n%s\t%s\t%s\t%s\n", job.ID, job.TaskType, job.State, job.Error)
	if len(job.URLs) > 0 {
		fmt.Fprintln(w, "\nURL\tSTATE\tDETAIL")
	}
	for _, u := range job.URLs {
		fmt.Fprintf(w, "%s\t%s\t%s\n", u.URL, u.State, u.Detail)
	}
}

func (s *session) quota() *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use:   "quota",
		Short: "Show what is left of the day's allowance",
		Long: "Show what is left of the day's allowance, and what waits for the next day. Alibaba tells what is left; what waits, and\n" +
			"what went to Huawei, is in QUEUE_URL and STORE_URL. Where these are embedded only their server knows it: name it with --server.\n" +
			"Without a store to count in, Huawei's is not known, and is named as such.",
		Example: "  vodrefresh quota --server https://vod.example.com",
		Args:    args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			connect := s.connect
			if !cfg.HasAliyun() { // Huawei's is counted where the store is
				connect = s.connectQueue
			}
			c, closeClient, err := connect(cmd.Context(), server)
			if err != nil {
				return err
			}
			defer closeClient()
			var all refresh.Quotas
			if err := c.ask(cmd.Context(), http.MethodGet, "/v1/quota", nil, &all); err != nil {
				return err
			}
			if server == "" && cfg.HasAliyun() && cfg.StoreURL == "embedded:" && len(all.Unknown) > 0 {
				s.sayf("an embedded store is its server's: name that with --server")
			}
			return s.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "PROVIDER\tREFRESH\tPRELOAD\tDIRECTORY\tRESETS")
				for _, q := range all.Quotas {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", q.Provider,
						left(q.Refresh), left(q.Preload), left(q.Directory), q.ResetsAt.Format(time.RFC3339))
				}
				for _, unknown := range all.Unknown {
					fmt.Fprintf(w, "\n%s is not known: %s\n", unknown.Provider, unknown.Error)
				}
				for _, wait := range all.Waiting {
					fmt.Fprintf(w, "\n%s %s waits until %s: %s\n", wait.Provider, wait.TaskType, wait.Until.Format(time.RFC3339), wait.Reason)
				}
				if q := all.Queue; q != nil {
					fmt.Fprintf(w, "\nqueue: %d ready, %d delayed, %d dead\n", q.Ready, q.Delayed, q.Dead)
				}
			})
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "ask this running server, with the first of API_TOKENS, instead of the cloud directly")
	return cmd
}

func left(a core.Allowance) string {
	if a.Limit == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", a.Remaining, a.Limit)
}
