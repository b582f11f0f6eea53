package command

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// letter is a callback that is signed and ready to be sent.
type letter struct {
	to     string
	header http.Header
	body   []byte
	event  events.Event // that is in it, as far as it can be read
}

// writing is what a letter is to be like.
type writing struct {
	provider, channel string
	eventType, media  string
	file              string // with the event, instead of a sample
	key               string // file with the RSA key that signs for SMN
	at                time.Time
	failed, forged    bool
}

// providerFlag says whose callbacks, media or jobs a command is about.
func providerFlag(cmd *cobra.Command, to *string) {
	cmd.Flags().StringVar(to, "provider", string(events.Aliyun), "aliyun or huawei")
}

// channelFlags say how Huawei would send a callback.
func (w *writing) channelFlags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&w.channel, "channel", string(huawei.MFS), "with huawei: mfs or smn")
	cmd.Flags().StringVar(&w.key, "key", "", "with smn: PEM file of the RSA key of a certificate in HUAWEI_SMN_CERTS; by default that of the simulator")
}

// write makes a letter. Without an event type it is about a transcoding.
func (s *session) write(cfg config.Config, w writing) (letter, error) {
	if err := knownProvider(w.provider); err != nil {
		return letter{}, err
	}
	if w.provider == string(events.Huawei) {
		return s.writeHuawei(cfg, w)
	}
	return s.writeAliyun(cfg, w)
}

func (s *session) writeAliyun(cfg config.Config, w writing) (letter, error) {
	if err := w.orDefault("TranscodeComplete", aliyun.Types()); err != nil {
		return letter{}, err
	}
	return s.seal(cfg, w)
}

// seal makes a letter of Alibaba's, with an event of any type.
func (s *session) seal(cfg config.Config, w writing) (letter, error) {
	if len(cfg.CallbackKeys) == 0 {
		return letter{}, errNoCallbackKeys()
	}
	body, err := s.fileOr(w.file, newSample(w.eventType, w.media, w.at, w.failed).body)
	if err != nil {
		return letter{}, err
	}
	key := cfg.CallbackKeys[0]
	if w.forged {
		key = secret.New("NotTheRegisteredKey")
	}
	event, err := aliyun.Decode(body)
	if err != nil {
		event = events.Event{}
	}
	return letter{cfg.CallbackURLs[0], aliyun.Sign(cfg.CallbackURLs[0], key, w.at), body, event}, nil
}

// orDefault checks the event type, if there is one.
func (w *writing) orDefault(usual string, types []string) error {
	switch {
	case w.eventType == "":
		w.eventType = usual
	case !slices.Contains(types, w.eventType):
		return usageError{fmt.Errorf("event type %q: must be one of %s", w.eventType, strings.Join(types, ", "))}
	}
	return nil
}

func errNoCallbackKeys() error {
	return errors.New("set ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS: the callback URL and key as registered with VOD")
}

// knownProvider is an error for any other provider.
func knownProvider(name string) error {
	if name == string(events.Aliyun) || name == string(events.Huawei) {
		return nil
	}
	return usageError{fmt.Errorf("--provider %q: must be aliyun or huawei", name)}
}

// fileOr is the content of a file, or a sample if none is named.
func (s *session) fileOr(file string, sample func() ([]byte, error)) ([]byte, error) {
	if file == "" {
		return sample()
	}
	return s.read(file)
}
