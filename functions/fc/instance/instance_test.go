package instance_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

// A start fails with everything that is wrong, and shows no secret.
func TestConfigurationsThatAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environ []string
		parts   []string
	}{
		"nothing":           {nil, []string{"FUNCTION"}},
		"another function":  {[]string{"FUNCTION=transcode"}, []string{"FUNCTION", "transcode"}},
		"another engine":    {[]string{"FUNCTION=refresh", "QUEUE_URL=sqs://x/1/q", "STORE_URL=dynamodb://t"}, []string{"QUEUE_URL", "STORE_URL", "redis://"}},
		"several at once":   {[]string{"FUNCTION=refresh", "LINGER=x", "MEDIA_DAILY=y"}, []string{"LINGER", "MEDIA_DAILY"}},
		"a key alone":       {[]string{"FUNCTION=refresh", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s3cret"}, []string{"ALIBABA_CLOUD_ACCESS_KEY_ID"}},
		"an endpoint":       {[]string{"FUNCTION=refresh", "ALIYUN_VOD_ENDPOINT=http://vod.example.com"}, []string{"ALIYUN_VOD_ENDPOINT"}},
		"a broken password": {[]string{"FUNCTION=refresh", "QUEUE_URL=redis://:s3cret%@h:1/0"}, []string{"QUEUE_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, err := instance.Open(t.Context(), instance.Options{Environ: c.environ, Out: io.Discard})
			if i != nil || core.KindOf(err) != core.Invalid {
				t.Fatalf("got %v, %v, want an Invalid error", i, err)
			}
			for _, part := range c.parts {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("the error does not name %s: %v", part, err)
				}
			}
			if strings.Contains(err.Error(), "s3cret") {
				t.Errorf("the error tells a secret: %v", err)
			}
		})
	}
}

// Each function has its own paths, and events are for refresh alone.
func TestWhatIsForWhom(t *testing.T) {
	t.Parallel()
	for function, path := range map[string]string{
		"callback": "/callbacks/aliyun", "refresh": "/v1/refresh", "credentials": "/v1/uploads/v/credentials",
	} {
		t.Run(function, func(t *testing.T) {
			t.Parallel()
			b := setup(t, "FUNCTION="+function)
			for _, other := range []string{"/callbacks/aliyun", "/v1/refresh", "/v1/uploads/v/credentials"} {
				w := httptest.NewRecorder()
				b.Handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, other, http.NoBody))
				if there := w.Code != http.StatusNotFound; there != (other == path) {
					t.Errorf("%s: %d", other, w.Code)
				}
			}
			for _, e := range []envelope.Event{batch(1), {Kind: envelope.Timer}, {Kind: envelope.HTTP}, {}} {
				_, err := b.handle(t, e)
				allowed := function == "refresh" && (e.Kind == envelope.Queue || e.Kind == envelope.Timer)
				if (err == nil) != allowed || err != nil && core.KindOf(err) != core.Forbidden {
					t.Errorf("kind %q: got %v", e.Kind, err)
				}
			}
		})
	}
}

// Nothing goes on in the background where nothing can be gathered.
func TestRunWithoutConcurrency(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Run(context.Background())
	if err := b.Close(); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
	wantLog(t, b.log, `"level":"WARN","msg":"configuration"`, "QUEUE_URL=direct:")
}
