package command

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

// headers are the two that sign a callback.
type headers struct {
	Timestamp string `json:"X-VOD-TIMESTAMP"`
	Signature string `json:"X-VOD-SIGNATURE"`
}

func (s *session) sign() *cobra.Command {
	var at int64
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Print the headers that sign a callback",
		Long: "Print the two headers that sign a callback, for the first of ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS.\n" +
			"An Alibaba signature does not cover the body, so none is needed.",
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.signing()
			if err != nil {
				return err
			}
			signed := aliyun.Sign(cfg.CallbackURLs[0], cfg.CallbackKeys[0], time.Unix(at, 0))
			h := headers{signed.Get(aliyun.HeaderTimestamp), signed.Get(aliyun.HeaderSignature)}
			return s.print(h, func(w io.Writer) {
				fmt.Fprintf(w, "%s: %s\n%s: %s\n", aliyun.HeaderTimestamp, h.Timestamp, aliyun.HeaderSignature, h.Signature)
			})
		},
	}
	cmd.Flags().Int64Var(&at, "at", s.Clock.Now().Unix(), "when it is signed, in Unix seconds; now by default")
	cmd.Flags().Lookup("at").DefValue = "now"
	return cmd
}

// verified is what verify found out.
type verified struct {
	Signature string    `json:"signature"` // ok, or why not
	SignedAt  time.Time `json:"signed_at,omitzero"`
	EventType string    `json:"event_type"`
	MediaID   string    `json:"media_id"`
	Body      string    `json:"body"` // ok, or why not
}

func (s *session) verify() *cobra.Command {
	var at int64
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check a recorded callback: its signature and its body",
		Long: "Check a callback recorded as an HTTP request (request line, headers, blank line, body) in FILE or standard input\n" +
			"against ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS.",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, given []string) error {
			cfg, err := s.signing()
			if err != nil {
				return err
			}
			verifier, err := aliyun.NewVerifier(cfg.CallbackURLs, cfg.CallbackKeys)
			if err != nil {
				return err
			}
			header, body, err := s.recorded(append(given, "-")[0])
			if err != nil {
				return err
			}
			found := verified{Signature: "ok", Body: "ok"}
			var wrong error
			if found.SignedAt, err = verifier.Verify(header, time.Unix(at, 0)); err != nil {
				found.Signature, wrong = err.Error(), errors.New("the callback would be refused")
			}
			event, err := aliyun.Decode(body)
			if err != nil {
				found.Body, wrong = err.Error(), errors.New("the callback would be refused")
			}
			found.EventType, found.MediaID = event.Type, event.MediaID
			return errors.Join(s.print(found, func(w io.Writer) {
				fmt.Fprintf(w, "SIGNATURE\tEVENT\tMEDIA\tBODY\n%s\t%s\t%s\t%s\n", found.Signature, found.EventType, found.MediaID, found.Body)
			}), wrong)
		},
	}
	cmd.Flags().Int64Var(&at, "at", s.Clock.Now().Unix(), "when it arrived, in Unix seconds; now by default")
	cmd.Flags().Lookup("at").DefValue = "now"
	return cmd
}

// recorded reads an HTTP request from a file. The body is whatever follows the
// headers, because people edit bodies and forget Content-Length.
func (s *session) recorded(file string) (http.Header, []byte, error) {
	text, err := s.read(file)
	if err != nil {
		return nil, nil, err
	}
	head, body, _ := bytes.Cut(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n\n"))
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(append(bytes.TrimRight(head, "\n"), "\n\n"...))))
	if err != nil {
		return nil, nil, fmt.Errorf("not an HTTP request: %w", err)
	}
	return request.Header, body, nil
}

// read returns the content of a file, or of standard input for -.
func (s *session) read(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(s.In)
	}
	return os.ReadFile(file) //nolint:gosec // the person at the terminal names the file
}
