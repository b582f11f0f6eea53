package command

import (
	"bytes"
	"cmp"
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
)

// sent is what a receiver answered to a callback.
type sent struct {
	EventType  string `json:"event_type"`
	MediaID    string `json:"media_id"`
	HTTPStatus int    `json:"http_status"`
	Answer     string `json:"answer"`
}

func (s *session) send() *cobra.Command {
	var w writing
	var to string
	var age time.Duration
	cmd := &cobra.Command{
		Use:   "send [EVENT_TYPE]",
		Short: "Sign a sample callback and send it to a running server",
		Long: "Sign a sample callback and send it: with the first of ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS, with the\n" +
			"first of HUAWEI_MFS_KEYS, or, for the first of HUAWEI_SMN_TOPICS, with a key of your own whose certificate is in\n" +
			"HUAWEI_SMN_CERTS. EVENT_TYPE defaults to TranscodeComplete (transcodeComplete).",
		Example: "  vodrefresh send\n  vodrefresh send FileUploadComplete --media 43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e\n" +
			"  vodrefresh send --file body.json --to https://example.com/callbacks/aliyun\n" +
			"  vodrefresh send reviewComplete --provider huawei --channel smn",
		Args: args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			w.eventType, w.at = append(given, "")[0], s.Clock.Now().Add(-age)
			l, err := s.write(cfg, w)
			if err != nil {
				return err
			}
			hint := ""
			if to == "" && strings.HasPrefix(l.to, "http://"+cfg.ListenAddr+"/") {
				hint = servingHint("--to")
			}
			status, answer, err := s.post(cmd.Context(), cmp.Or(to, l.to), l.header, l.body)
			if err != nil {
				return unreached(err, hint)
			}
			result := sent{l.event.Type, l.event.MediaID, status, answer}
			printed := s.print(result, func(w io.Writer) {
				fmt.Fprintf(w, "EVENT\tMEDIA\tHTTP\tANSWER\n%s\t%s\t%d\t%s\n", result.EventType, result.MediaID, status, answer)
			})
			if status != http.StatusOK {
				printed = errors.Join(printed, fmt.Errorf("not accepted: HTTP %d", status))
			}
			return printed
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&to, "to", "", "where to send it, if not to the first of ALIYUN_CALLBACK_URLS, or to the server on LISTEN_ADDR")
	providerFlag(cmd, &w.provider)
	w.channelFlags(cmd)
	flags.StringVar(&w.media, "media", newMediaID(), "the media it is about; random by default")
	flags.StringVar(&w.file, "file", "", "send this body (huawei: this event) instead of a sample; - for standard input")
	flags.BoolVar(&w.failed, "failed", false, "the event reports a failure")
	flags.BoolVar(&w.forged, "bad-signature", false, "sign with a wrong key")
	flags.DurationVar(&age, "age", 0, "how long ago it happened and was signed, such as 10m")
	flags.Lookup("media").DefValue = "random"
	return cmd
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
