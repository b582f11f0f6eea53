package custom_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

func TestWhere(t *testing.T) {
	t.Parallel()
	for environ, want := range map[string]custom.Place{
		"":                           {Addr: "0.0.0.0:9000"},
		"FC_SERVER_PORT=8000":        {Addr: "0.0.0.0:8000"},
		"FC_CUSTOM_LISTEN_PORT=7000": {Addr: "0.0.0.0:7000"},
		"FC_SERVER_PORT=8000 FC_CUSTOM_LISTEN_PORT=7000":       {Addr: "0.0.0.0:8000"},
		"FC_SERVER_PORT= FC_FUNCTION_NAME= FC_INSTANCE_ID=":    {Addr: "0.0.0.0:9000"},
		"FC_FUNCTION_NAME=vodrefresh":                          {Inside: true, Addr: "0.0.0.0:9000"},
		"PATH=/bin FC_INSTANCE_ID=c-1 FC_SERVER_PORT=9001 X=y": {Inside: true, Addr: "0.0.0.0:9001"},
		"XFC_FUNCTION_NAME=x FC_REGION=cn-shanghai":            {Addr: "0.0.0.0:9000"},
	} {
		if got := custom.Where(strings.Fields(environ)); got != want {
			t.Errorf("%s: got %+v, want %+v", environ, got, want)
		}
	}
}

// listen is a listener on the loopback address.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// instanceOf is one that Serve runs.
func instanceOf(t *testing.T) (*instance.Instance, *fctest.Log) {
	t.Helper()
	log := &fctest.Log{}
	i, err := instance.Open(t.Context(), instance.Options{Environ: fctest.Environ(config.Refresh, requesttest.Platform(t)), Out: log, Concurrent: true})
	if err != nil {
		t.Fatal(err)
	}
	return i, log
}

// An end finishes open requests, and returns; a connection is kept until then.
func TestServe(t *testing.T) {
	t.Parallel()
	for _, inside := range []bool{true, false} {
		i, log := instanceOf(t)
		ctx, stop := context.WithCancel(t.Context())
		entered, leave := make(chan struct{}), make(chan struct{})
		ready := i.Handler
		i.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/slow" {
				close(entered)
				<-leave
			}
			ready.ServeHTTP(w, r)
		})
		l := listen(t)
		served := make(chan error, 1)
		go func() { served <- custom.Serve(ctx, i, custom.Place{Inside: inside}, l) }()
		client := &http.Client{Transport: &http.Transport{}}
		send := requesttest.Over(client, "http://"+l.Addr().String())
		slow := make(chan error, 1)
		go func() {
			got, err := send(t.Context(), requesttest.Request{Method: http.MethodGet, Path: "/slow"})
			if err == nil && got.Status != http.StatusNotFound {
				err = errors.New(http.StatusText(got.Status))
			}
			slow <- err
		}()
		<-entered
		stop()
		select {
		case err := <-served:
			t.Fatalf("ended with %v while a request was open", err)
		case <-time.After(50 * time.Millisecond):
		}
		close(leave)
		if err := <-slow; err != nil {
			t.Errorf("the open request: %v", err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
		if _, err := send(t.Context(), requesttest.Request{Method: http.MethodGet, Path: "/healthz"}); err == nil {
			t.Error("the server goes on")
		}
		if !strings.Contains(log.String(), `"msg":"listening"`) {
			t.Errorf("the log does not say where: %s", log)
		}
	}
}

func TestAListenerThatFails(t *testing.T) {
	t.Parallel()
	i, _ := instanceOf(t)
	l := listen(t)
	l.Close()
	if err := custom.Serve(t.Context(), i, custom.Place{}, l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v, want that the listener is closed", err)
	}
	taken := listen(t)
	defer taken.Close()
	i, _ = instanceOf(t)
	if err := custom.Run(t.Context(), i, custom.Place{Addr: taken.Addr().String()}); err == nil {
		t.Error("no error for a port that is taken")
	}
}

// A port of one's own is opened and left.
func TestRun(t *testing.T) {
	t.Parallel()
	i, log := instanceOf(t)
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := custom.Run(ctx, i, custom.Place{Addr: "127.0.0.1:0"}); err != nil {
		t.Errorf("got %v: %s", err, log)
	}
}
