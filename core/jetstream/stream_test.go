package jetstream_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

func TestServerWithoutJetStream(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	listening(t, port, func(o *server.Options) { o.JetStream = false })
	conn, err := jetstream.Connect(t.Context(), fmt.Sprintf("nats://127.0.0.1:%d", port), jetstream.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	for name, open := range map[string]func(context.Context) error{
		"queue": func(ctx context.Context) error {
			_, err := jetstream.OpenQueue(ctx, conn, jetstream.QueueConfig{})
			return err
		},
		"store": func(ctx context.Context) error {
			_, err := jetstream.OpenStore(ctx, conn, jetstream.StoreConfig{})
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Second) // a cluster may yet elect a leader
			defer cancel()
			wantError(t, open(ctx), core.Unavailable, "open stream vodrefresh_", "JetStream is not enabled on this server")
		})
	}
}
