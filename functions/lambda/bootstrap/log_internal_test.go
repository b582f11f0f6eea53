package bootstrap

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambdacontext"
)

// TestLogKeepsWhatItIsGiven: attributes and groups, the ID beside them.
func TestLogKeepsWhatItIsGiven(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "request-1"})
	log := newLog(&out, slog.LevelInfo, nil).With("a", 1).WithGroup("g")
	log.InfoContext(ctx, "text", "msg", "b", "time", "c")
	log.DebugContext(ctx, "nothing")
	if _, rest, ok := strings.Cut(out.String(), `","level":"INFO","message":"text","a":1,"g":{"msg":"b","time":"c","requestId":"request-1"}}`); !ok || rest != "\n" {
		t.Errorf("the log says %s", out.String())
	}
}
