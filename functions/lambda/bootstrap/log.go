package bootstrap

import (
	"context"
	"io"
	"log/slog"
	"strings"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/vodrefresh/vodrefresh/functions/lambda/emf"
)

// newLog writes JSON lines as Lambda's advanced logging controls expect them:
// timestamp, level, message, and the ID of the invocation as requestId. Those with
// numbers worth watching are metrics, too.
//
// Source: AWS Lambda, "Configuring JSON and plain text log formats".
func newLog(to io.Writer, level slog.Level, environ []string) *slog.Logger {
	lines := slog.NewJSONHandler(to, &slog.HandlerOptions{Level: level, ReplaceAttr: renamed})
	return slog.New(identified{emf.NewHandler(lines, namespace(environ))})
}

// namespace is that of the metrics; empty for the default.
func namespace(environ []string) (name string) {
	for _, line := range environ {
		if value, ok := strings.CutPrefix(line, emf.NamespaceVariable+"="); ok {
			name = value
		}
	}
	return name
}

// renamed gives the time and the message the names that Lambda has for them.
func renamed(groups []string, a slog.Attr) slog.Attr {
	if len(groups) > 0 {
		return a
	}
	switch a.Key {
	case slog.TimeKey:
		a.Key = "timestamp"
	case slog.MessageKey:
		a.Key = "message"
	}
	return a
}

// identified adds the ID of the invocation to what is logged during it.
type identified struct{ slog.Handler }

func (h identified) Handle(ctx context.Context, r slog.Record) error {
	if invocation, ok := lambdacontext.FromContext(ctx); ok {
		r.AddAttrs(slog.String("requestId", invocation.AwsRequestID)) //nolint:sloglint // as Lambda names it
	}
	return h.Handler.Handle(ctx, r)
}

func (h identified) WithAttrs(attrs []slog.Attr) slog.Handler {
	return identified{h.Handler.WithAttrs(attrs)}
}

func (h identified) WithGroup(name string) slog.Handler {
	return identified{h.Handler.WithGroup(name)}
}
