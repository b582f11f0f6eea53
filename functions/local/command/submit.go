package command

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// submit is the command refresh or preload.
func (s *session) submit(name string) *cobra.Command {
	body := map[string]any{"TaskType": map[string]core.TaskType{"refresh": core.Refresh, "preload": core.Preload}[name]}
	var server, provider string
	var urls, dryRun bool
	cmd := &cobra.Command{
		Use:   name + " MEDIA_ID...",
		Short: map[string]string{"refresh": "Purge", "preload": "Warm"}[name] + " the play URLs of media, or single URLs",
		Long: map[string]string{"refresh": "Purge", "preload": "Warm"}[name] + " the play URLs of media, or single URLs.\n" +
			"\"refreshed\" says that the platform has taken it; when it is through, vodrefresh jobs JOB_ID tells. Without --server, and with an\n" +
			"embedded queue and store, no server knows of it: it is not in the list of jobs, and what fails later is not tried again.\n" +
			"The exit code is 1 if an ID was not done.",
		Example: "  vodrefresh " + name + " 43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e --definitions HD,SD\n  vodrefresh " + name + " --urls https://cdn.example.com/a/b.mp4\n" +
			"  vodrefresh " + name + " f488337c31c8e4622f1590735b134c65 --provider huawei",
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, ids []string) error {
			if err := knownProvider(provider); err != nil {
				return err
			}
			body[targets(provider, urls)] = ids
			body["provider"], body["dryRun"] = provider, dryRun
			for flag, member := range textFlags() {
				if cmd.Flags().Changed(flag) {
					body[member], _ = cmd.Flags().GetString(flag)
				}
			}
			if cmd.Flags().Changed("slices") {
				body["SliceFlag"] = true
				body["SliceCount"], _ = cmd.Flags().GetInt("slices")
			}
			c, closeClient, err := s.connect(cmd.Context(), server)
			if err != nil {
				return err
			}
			defer closeClient()
			var answer refresh.Answer
			if err := c.ask(cmd.Context(), http.MethodPost, "/v1/refresh", body, &answer); err != nil {
				return err
			}
			return s.results(answer)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&server, "server", "", "ask this running server, with the first of API_TOKENS, instead of the cloud directly")
	providerFlag(cmd, &provider)
	flags.BoolVar(&urls, "urls", false, "the arguments are URLs, not media IDs")
	flags.BoolVar(&dryRun, "dry-run", false, "say what it would cost, submit nothing")
	flags.String("formats", "", "only these: mp4,m3u8,mp3,flv,webm,ts")
	flags.String("definitions", "", "only these: FD,LD,SD,HD,2K,4K,OD,SQ,HQ,AUTO")
	flags.String("stream-type", "", "only these: video,audio")
	flags.String("result-type", "", "Single (latest stream of each definition and format) or Multiple (all)")
	flags.Int("slices", 0, "also the first 1 to 20 segments of each m3u8 stream")
	flags.String("user-data", "", "JSON that the platform passes through")
	return cmd
}

// targets is the name of the field with what is to be submitted.
func targets(provider string, urls bool) string {
	switch {
	case urls:
		return "urls"
	case provider == string(events.Huawei):
		return "asset_id_list"
	}
	return "MediaIds"
}

// textFlags are the flags that are parameters of the API as they are.
func textFlags() map[string]string {
	return map[string]string{
		"formats": "Formats", "definitions": "Definitions", "stream-type": "StreamType",
		"result-type": "ResultType", "user-data": "UserData",
	}
}

// results prints an answer; anything that is not done makes the command fail.
func (s *session) results(answer refresh.Answer) error {
	err := s.print(answer, func(w io.Writer) {
		if answer.Cost != nil {
			fmt.Fprintln(w, "CALLS\tAT LEAST\tAT MOST\tBASIS")
			fmt.Fprintf(w, "%d\t%d\t%d\t%s\n", answer.Cost.Calls, answer.Cost.Min, answer.Cost.Max, answer.Cost.Basis)
			return
		}
		fmt.Fprintln(w, "ID\tOUTCOME\tJOB\tERROR")
		for _, r := range answer.Results {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.ID, r.Outcome, r.JobID, r.Error)
		}
	})
	for _, r := range answer.Results {
		if r.Outcome != core.Refreshed && r.Outcome != core.Queued {
			return errors.Join(err, errors.New("not everything was done"))
		}
	}
	return err
}
