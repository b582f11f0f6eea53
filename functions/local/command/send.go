package command

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// sent is what a receiver answered to a callback.
type sent struct {
	EventType  string `json:"event_type"`
	MediaID    string `json:"media_id"`
	HTTPStatus int    `json:"http_status"`
	Answer     string `json:"answer"`
}

func (s *session) send() *cobra.Command {
	var to, media, file string
	var failed, bad bool
	var age time.Duration
	cmd := &cobra.Command{
		Use:     "send [EVENT_TYPE]",
		Short:   "Sign a sample callback and send it to a running server",
		Long:    "Sign a sample callback with the first of ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS and send it. EVENT_TYPE defaults to TranscodeComplete.",
		Example: "  vodrefresh send\n  vodrefresh send FileUploadComplete --media 43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e\n  vodrefresh send --file body.json --to https://example.com/callbacks/aliyun",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			cfg, err := s.signing()
			if err != nil {
				return err
			}
			eventType := "TranscodeComplete"
			if len(given) == 1 {
				eventType = given[0]
			}
			if err := knownType(eventType); err != nil {
				return err
			}
			body, err := s.sampleOrFile(newSample(eventType, media, s.Clock.Now().Add(-age), failed), file)
			if err != nil {
				return err
			}
			key := cfg.CallbackKeys[0]
			if bad {
				key = secret.New(rand.Text())
			}
			if to == "" {
				to = cfg.CallbackURLs[0]
			}
			status, answer, err := s.post(cmd.Context(), to, aliyun.Sign(cfg.CallbackURLs[0], key, s.Clock.Now().Add(-age)), body)
			if err != nil {
				return err
			}
			event, err := aliyun.Decode(body)
			result := sent{event.Type, event.MediaID, status, answer}
			printed := s.print(result, func(w io.Writer) {
				fmt.Fprintf(w, "EVENT\tMEDIA\tHTTP\tANSWER\n%s\t%s\t%d\t%s\n", result.EventType, result.MediaID, status, answer)
			})
			if status != http.StatusOK {
				printed = errors.Join(printed, fmt.Errorf("not accepted: HTTP %d", status), err)
			}
			return printed
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "where to send it, if not to the first of ALIYUN_CALLBACK_URLS")
	cmd.Flags().StringVar(&media, "media", newMediaID(), "the media it is about; random by default")
	cmd.Flags().StringVar(&file, "file", "", "send this body instead of a sample; - for standard input")
	cmd.Flags().BoolVar(&failed, "failed", false, "the event reports a failure")
	cmd.Flags().BoolVar(&bad, "bad-signature", false, "sign with a wrong key")
	cmd.Flags().DurationVar(&age, "age", 0, "how long ago it happened and was signed, such as 10m")
	cmd.Flags().Lookup("media").DefValue = "random"
	return cmd
}

// signing is a configuration that has something to sign with.
func (s *session) signing() (config.Config, error) {
	cfg, err := s.load()
	if err == nil && len(cfg.CallbackKeys) == 0 {
		err = errors.New("set ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS: the callback URL and key as registered with VOD")
	}
	return cfg, err
}

// sampleOrFile is the body to send.
func (s *session) sampleOrFile(made sample, file string) ([]byte, error) {
	if file == "" {
		return made.body()
	}
	return s.read(file)
}

// newMediaID is a random ID of the form that VOD gives.
func newMediaID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	return hex.EncodeToString(id[:])
}

// post sends a callback and returns the answer.
func (s *session) post(ctx context.Context, to string, header http.Header, body []byte) (status int, answer string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header = header.Clone()
	request.Header.Set("Content-Type", "application/json")
	response, err := s.http().Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return response.StatusCode, strings.TrimSpace(string(text)), err
}
