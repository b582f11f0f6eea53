package command

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// signed is a callback that sign made. That of Alibaba has no body, because its
// signature covers none.
type signed struct {
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body,omitempty"`
}

func (s *session) sign() *cobra.Command {
	var w writing
	var at int64
	cmd := &cobra.Command{
		Use:   "sign",
		Short: "Print the headers that sign a callback",
		Long: "Print the two headers that sign a callback, for the first of ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS.\n" +
			"An Alibaba signature does not cover the body, so none is needed. Those of Huawei do: with --provider huawei, print\n" +
			"a whole request, which verify reads. Without these variables and without cloud credentials the simulator's keys sign.",
		Example: "  vodrefresh sign\n  vodrefresh sign --provider huawei --file event.json | vodrefresh verify --provider huawei",
		Args:    args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := s.load()
			if err != nil {
				return err
			}
			w.at = time.Unix(at, 0)
			l, err := s.write(cfg, w)
			if err != nil {
				return err
			}
			return s.printSigned(w.provider, l)
		},
	}
	flags := cmd.Flags()
	providerFlag(cmd, &w.provider)
	w.channelFlags(cmd)
	flags.StringVar(&w.media, "media", newMediaID(), "with huawei: the asset that a sample event is about; random by default")
	flags.StringVar(&w.file, "file", "", "with huawei: the event, instead of a sample; - for standard input")
	flags.Int64Var(&at, "at", s.Clock.Now().Unix(), "when it is signed, in Unix seconds; now by default")
	flags.Lookup("at").DefValue, flags.Lookup("media").DefValue = "now", "random"
	return cmd
}

// printSigned shows the headers that sign a callback, and its body if it is
// signed too.
func (s *session) printSigned(provider string, l letter) error {
	found := signed{Headers: make(map[string]string)}
	var order []string
	for _, name := range []string{
		aliyun.HeaderTimestamp, aliyun.HeaderSignature, huawei.HeaderTimestamp, huawei.HeaderSign,
		huawei.HeaderMessageType, huawei.HeaderMessageID, huawei.HeaderTopic,
	} {
		if value := l.header.Get(name); value != "" {
			found.Headers[name], order = value, append(order, name)
		}
	}
	whole := provider == string(events.Huawei)
	if whole {
		found.Body = string(l.body)
	}
	return s.print(found, func(w io.Writer) {
		if whole {
			fmt.Fprint(w, "POST /callbacks/huawei HTTP/1.1\nHost: localhost\nContent-Type: application/json\n")
		}
		for _, name := range order {
			fmt.Fprintf(w, "%s: %s\n", name, found.Headers[name])
		}
		if whole {
			fmt.Fprintf(w, "\n%s\n", found.Body)
		}
	})
}
