package invocation_test

import (
	"context"
	"io"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/lambda/bootstrap"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// TestRequests: the table over every envelope.
func TestRequests(t *testing.T) {
	t.Parallel()
	for _, source := range envelopetest.Sources() {
		t.Run(source.Name, func(t *testing.T) {
			t.Parallel()
			requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send {
				t.Helper()
				handler, err := bootstrap.Build(context.WithoutCancel(t.Context()), environ, io.Discard)
				if err != nil {
					t.Fatal(err)
				}
				return source.Over(handler.Invoke)
			})
		})
	}
}
