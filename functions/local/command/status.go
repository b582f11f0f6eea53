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
	var server, provider string
	var watch bool
	cmd := &cobra.Command{
		Use:   "jobs JOB_ID",
		Short: "Show how far a job has come, down to its URLs",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			c, closeClient, err := s.connect(cmd.Context(), server)
			if err != nil {
				return err
			}
			defer closeClient()
			job, err := s.follow(cmd.Context(), c, "/v1/jobs/"+url.PathEscape(provider)+"/"+url.PathEscape(ids[0]), watch)
			if err != nil {
				return err
			}
			if err := s.print(job, func(w io.Writer) { jobTable(w, job) }); err != nil {
				return err
			}
			if job.State == core.JobFailed {
				return errors.New("the job failed")
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "ask this running server, with the first of API_TOKENS, instead of the cloud directly")
	cmd.Flags().StringVar(&provider, "provider", "aliyun", "whose job it is")
	cmd.Flags().BoolVar(&watch, "watch", false, "wait until the job ends")
	return cmd
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
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, closeClient, err := s.connect(cmd.Context(), server)
			if err != nil {
				return err
			}
			defer closeClient()
			var all refresh.Quotas
			if err := c.ask(cmd.Context(), http.MethodGet, "/v1/quota", nil, &all); err != nil {
				return err
			}
			return s.print(all, func(w io.Writer) {
				fmt.Fprintln(w, "PROVIDER\tREFRESH\tPRELOAD\tDIRECTORY\tRESETS")
				for _, q := range all.Quotas {
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", q.Provider,
						left(q.Refresh), left(q.Preload), left(q.Directory), q.ResetsAt.Format(time.RFC3339))
				}
			})
		},
	}
	cmd.Flags().StringVar(&server, "server", "", "ask this running server, with the first of API_TOKENS, instead of the cloud directly")
	return cmd
}

func left(a core.Allowance) string { return fmt.Sprintf("%d of %d", a.Remaining, a.Limit) }
