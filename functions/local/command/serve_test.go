package command_test

import (
	"net"
	"strings"
	"testing"
)

func TestServeOnAnAddressInUse(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	got := run(t, append(stateless(), "LISTEN_ADDR="+taken.Addr().String()), "", "serve")
	if got.code != 1 || !strings.Contains(got.errors, "vodrefresh: LISTEN_ADDR: listen tcp "+taken.Addr().String()) {
		t.Errorf("exit code %d, %s", got.code, got.errors)
	}
}
