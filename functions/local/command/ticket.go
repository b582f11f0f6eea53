package command

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
)

// minted is a ticket and what it is good for.
type minted struct {
	Ticket  string       `json:"ticket"`
	VideoID string       `json:"video_id"`
	Scope   upload.Scope `json:"scope"`
	Expires time.Time    `json:"expires"`
}

func (s *session) ticket() *cobra.Command {
	var video, scope string
	var ttl time.Duration
	cmd := &cobra.Command{
		Use:   "ticket --video ID",
		Short: "Print a ticket with which an upload client may ask for the credentials of one video",
		Long: "Print a ticket, signed with the first of UPLOAD_TICKET_KEYS: whoever has it may ask POST /v1/uploads/ID/credentials until it\n" +
			"ends. Scope overwrite also admits to a video that is finished: its holder can replace the source.\n" +
			"Without that variable and without cloud credentials the simulator's key signs, which no real server accepts.",
		Example: "  vodrefresh ticket --video 43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e --ttl 2h",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			if len(cfg.TicketKeys) == 0 {
				return errors.New("a ticket needs UPLOAD_TICKET_KEYS: the first of them signs")
			}
			tickets, err := upload.NewTickets(cfg.TicketKeys, s.Clock)
			if err != nil {
				return err
			}
			expires := s.Clock.Now().Add(ttl).UTC().Truncate(time.Second)
			text, err := tickets.Mint(video, upload.Scope(scope), ttl)
			if core.KindOf(err) == core.Invalid {
				return usageError{err}
			}
			if err != nil {
				return err
			}
			m := minted{text.Reveal(), video, upload.Scope(scope), expires}
			return s.print(m, func(w io.Writer) { fmt.Fprintln(w, m.Ticket) })
		},
	}
	cmd.Flags().StringVar(&video, "video", "", "ID of the video")
	cmd.Flags().DurationVar(&ttl, "ttl", 2*time.Hour, "how long it is good for, 24h at most")
	cmd.Flags().StringVar(&scope, "scope", string(upload.ScopeUpload), "upload or overwrite")
	return cmd
}
