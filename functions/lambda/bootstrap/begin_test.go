package bootstrap_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/bootstrap"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

func TestBegin(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	environ := requesttest.Environ(config.Refresh, "http://127.0.0.1:1")
	b := bootstrap.Begin(t.Context(), environ, &log, func(code int) { t.Errorf("exit %d", code) })
	answer, err := b.Invoke(t.Context(), []byte(`{"version":"2.0","rawPath":"/healthz","requestContext":{"http":{"method":"GET","path":"/healthz"}}}`))
	if err != nil || !strings.Contains(string(answer), `"statusCode":200`) {
		t.Errorf("answered %s, %v", answer, err)
	}
}

// TestBeginInVain: who waits for a handler that will never be is told in time.
func TestBeginInVain(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	ended := make(chan int, 1)
	b := bootstrap.Begin(t.Context(), []string{"QUEUE_URL=nats://host"}, &log, func(code int) { ended <- code })
	if code := <-ended; code != 1 || !strings.Contains(log.String(), "sqs://") || !strings.Contains(log.String(), "FUNCTION") {
		t.Errorf("exit %d, the log is %s", code, log.String())
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if answer, err := b.Invoke(gone, nil); err == nil {
		t.Errorf("answered %s", answer)
	}
}
