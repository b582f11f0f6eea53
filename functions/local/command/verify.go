package command

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

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
	var provider string
	cmd := &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Check a recorded callback: its signature and its body",
		Long: "Check a callback recorded as an HTTP request (request line, headers, blank line, body) in FILE or standard input\n" +
			"against ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS, or, if its headers are Huawei's, against HUAWEI_MFS_KEYS or\n" +
			"HUAWEI_SMN_TOPICS.",
		Example: "  vodrefresh verify request.txt --at 1767225600\n  vodrefresh verify --provider huawei < request.txt",
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, given []string) error {
			if err := knownProvider(provider); err != nil {
				return err
			}
			cfg, err := s.load()
			if err != nil {
				return err
			}
			header, body, err := s.recorded(append(given, "-")[0])
			if err != nil {
				return err
			}
			if !cmd.Flags().Changed("provider") && fromHuawei(header) {
				provider = string(events.Huawei)
			}
			check := verifyAliyun
			if provider == string(events.Huawei) {
				check = s.verifyHuawei
			}
			found, err := check(cmd.Context(), cfg, header, body, time.Unix(at, 0))
			if err != nil {
				return err
			}
			err = s.print(found, func(w io.Writer) {
				fmt.Fprintf(w, "SIGNATURE\tEVENT\tMEDIA\tBODY\n%s\t%s\t%s\t%s\n", found.Signature, found.EventType, found.MediaID, found.Body)
			})
			if found.Signature != ok || found.Body != ok {
				err = errors.Join(err, errors.New("the callback would be refused"))
			}
			return err
		},
	}
	providerFlag(cmd, &provider)
	cmd.Flags().Lookup("provider").DefValue = "as its headers say"
	cmd.Flags().Int64Var(&at, "at", s.Clock.Now().Unix(), "when it arrived, in Unix seconds; now by default")
	cmd.Flags().Lookup("at").DefValue = "now"
	return cmd
}

// ok is said of what would be accepted.
const ok = "ok"

// saying is ok, or what is wrong.
func saying(err error) string {
	if err != nil {
		return err.Error()
	}
	return ok
}

// fromHuawei reports whether a request has headers of Huawei's, and none of
// Alibaba's signature.
func fromHuawei(header http.Header) bool {
	given := func(name string) bool { return len(header.Values(name)) > 0 }
	if given(aliyun.HeaderTimestamp) || given(aliyun.HeaderSignature) {
		return false
	}
	return given(huawei.HeaderSign) || given(huawei.HeaderTimestamp) ||
		given(huawei.HeaderMessageType) || given(huawei.HeaderMessageID) || given(huawei.HeaderTopic)
}

func verifyAliyun(_ context.Context, cfg config.Config, header http.Header, body []byte, at time.Time) (verified, error) {
	if len(cfg.CallbackKeys) == 0 {
		return verified{}, errNoCallbackKeys()
	}
	verifier, err := aliyun.NewVerifier(cfg.CallbackURLs, cfg.CallbackKeys)
	if err != nil {
		return verified{}, err
	}
	signedAt, forged := verifier.Verify(header, at)
	event, unreadable := aliyun.Decode(body)
	return verified{saying(forged), signedAt, event.Type, event.MediaID, saying(unreadable)}, nil
}

// verifyHuawei judges the body only if the signature fits, which covers it.
func (s *session) verifyHuawei(ctx context.Context, cfg config.Config, header http.Header, body []byte, at time.Time) (verified, error) {
	if huawei.ChannelOf(header) != huawei.SMN { // needs no certificates
		cfg.SMNTopics = nil
	}
	verifiers, err := service.HuaweiVerifiers(cfg, s.Transport, s.Clock)
	if err != nil {
		return verified{}, err
	}
	message, forged := verifiers.Verify(ctx, header, body, at)
	if forged != nil {
		return verified{Signature: saying(forged), Body: "unknown"}, nil
	}
	found := verified{Signature: ok, SignedAt: message.Time, EventType: string(message.Sort), Body: ok}
	if message.Sort == huawei.Notification {
		event, unreadable := huawei.Decode(message.Body)
		found.EventType, found.MediaID, found.Body = event.Type, event.MediaID, saying(unreadable)
	}
	return found, nil
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
