package command

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// dead is the family of commands about messages that were given up.
func (s *session) dead() *cobra.Command {
	var server string
	cmd := &cobra.Command{
		Use: "dead", Short: "Look at what was given up, and try it again", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.PersistentFlags().StringVar(&server, "server", "", "ask this running server, with the first of API_TOKENS, instead of that on LISTEN_ADDR or the queue")
	cmd.AddCommand(s.deadList(&server), s.deadRedrive(&server))
	return cmd
}

func (s *session) deadList(server *string) *cobra.Command {
	var most int
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List dead letters with their reasons, the oldest first",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, closeClient, err := s.connectQueue(cmd.Context(), *server)
			if err != nil {
				return err
			}
			defer closeClient()
			var letters refresh.DeadLetters
			if err := c.ask(cmd.Context(), http.MethodGet, fmt.Sprintf("/v1/dead?most=%d", most), nil, &letters); err != nil {
				return err
			}
			return s.print(letters, func(w io.Writer) {
				fmt.Fprintln(w, "ID\tPROVIDER\tTYPE\tTARGET\tDEAD SINCE\tREASON")
				for _, d := range letters.Dead {
					t := d.Message.Task
					fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.ID, t.Provider, t.Options.TaskType, t.ID, d.At.Format(time.RFC3339), d.Reason)
				}
				fmt.Fprintf(w, "\n%d of %d dead letters\n", len(letters.Dead), letters.Total)
			})
		},
	}
	cmd.Flags().IntVar(&most, "most", 100, "how many to list, 1 to 1000")
	return cmd
}

func (s *session) deadRedrive(server *string) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:   "redrive [ID...]",
		Short: "Put dead letters back into the queue; they are submitted even if they are covered",
		Long: "Put dead letters back into the queue; they are submitted even if they are covered.\n" +
			"What is printed says how many; IDs that are not there are named, and end in exit code 1.",
		Example: "  vodrefresh dead redrive --all\n  vodrefresh dead redrive 3 5 --server http://127.0.0.1:8080",
		RunE: func(cmd *cobra.Command, ids []string) error {
			if all == (len(ids) > 0) {
				return usageError{errors.New("dead redrive: name IDs, or --all")}
			}
			c, closeClient, err := s.connectQueue(cmd.Context(), *server)
			if err != nil {
				return err
			}
			defer closeClient()
			var done refresh.Redriven
			request := refresh.RedriveRequest{IDs: ids, All: all}
			if err := c.ask(cmd.Context(), http.MethodPost, "/v1/dead/redrive", request, &done); err != nil {
				return err
			}
			err = s.print(done, func(w io.Writer) { fmt.Fprintf(w, "%d put back\n", done.Redriven) })
			if len(done.Unknown) > 0 {
				err = errors.Join(err, fmt.Errorf("no dead letter has the ID %s", strings.Join(done.Unknown, ", ")))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "put back all of them")
	return cmd
}
