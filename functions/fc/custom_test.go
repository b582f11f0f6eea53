package main_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// custom runs the function as a custom runtime, on a port that it chooses, and
// returns the way to it, and a function that ends it and returns its log.
func custom(t *testing.T, environ ...string) (send requesttest.Send, end func() string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), built(t, function)) //nolint:gosec // built for this
	cmd.Env = append([]string{"FC_SERVER_PORT=0"}, environ...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	reader := bufio.NewReader(io.TeeReader(out, &log))
	var line struct {
		Message string `json:"msg"`
		Addr    string `json:"addr"`
	}
	for line.Message != "listening" {
		text, err := reader.ReadBytes('\n')
		if err != nil {
			t.Fatalf("%v: %s", err, log.String())
		}
		_ = json.Unmarshal(text, &line)
	}
	_, port, _ := strings.Cut(line.Addr, "]:")
	end = func() string {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, reader)
		if err := cmd.Wait(); err != nil {
			t.Errorf("after SIGTERM: %v", err)
		}
		return log.String()
	}
	if port == "" {
		_, port, _ = strings.Cut(line.Addr, ":")
	}
	return requesttest.Over(&http.Client{Transport: &http.Transport{}}, "http://127.0.0.1:"+port), end
}

// by are the platform's headers with the keys of a role.
func by(control, id, token string) []requesttest.Field {
	return []requesttest.Field{
		{Name: "x-fc-control-path", Value: control},
		{Name: "x-fc-request-id", Value: "r-" + id},
		{Name: "x-fc-function-timeout", Value: "30"},
		{Name: "x-fc-access-key-id", Value: id},
		{Name: "x-fc-access-key-secret", Value: "made-up"},
		{Name: "x-fc-security-token", Value: token},
	}
}

// The same binary is a server: keys rotate from request to request, and SIGTERM
// ends it well.
func TestCustomRuntime(t *testing.T) {
	t.Parallel()
	platform, url := listenForSigners(t)
	send, end := custom(t, append(fctest.Environ(config.Refresh, url), "FC_FUNCTION_NAME=vodrefresh")...)
	post := func(path string, header []requesttest.Field, body []byte) requesttest.Answer {
		t.Helper()
		got, err := send(t.Context(), requesttest.Request{Method: http.MethodPost, Path: path, Header: header, Body: body})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	batch := envelopetest.Queue(string(requesttest.Transcoded("media-1")))
	token := []requesttest.Field{{Name: "Authorization", Value: "Bearer " + requesttest.Token}}
	for name, c := range map[string]struct {
		got  requesttest.Answer
		want requesttest.Want
	}{
		"an event":    {post("/invoke", by("/invoke", "STS.1", "t1"), batch), requesttest.Want{Status: 200, Header: map[string]string{"X-Fc-Status": "200"}, Body: `{"messages":1}`}},
		"a forgery":   {post("/invoke", by("/http-invoke", "STS.2", "t2"), batch), requesttest.Want{Status: 404, Body: `*"status":404*`}},
		"another":     {post("/invoke", nil, batch), requesttest.Want{Status: 404, Body: `*"status":404*`}},
		"a request":   {post("/v1/refresh", append(token, by("/http-invoke", "STS.3", "t3")...), []byte(`{"MediaIds":"media-2"}`)), requesttest.Want{Status: 200, Body: `*"outcome":"refreshed"*`}},
		"an end":      {post("/pre-stop", by("/pre-stop", "STS.4", "t4"), nil), requesttest.Want{Status: 200, Header: map[string]string{"X-Fc-Status": "200"}, Body: "null"}},
		"a beginning": {post("/initialize", by("/initialize", "STS.5", "t5"), nil), requesttest.Want{Status: 200, Body: "null"}},
	} {
		for _, difference := range c.want.Differences(c.got) {
			t.Errorf("%s: %s", name, difference)
		}
	}
	if got := platform.seen(); len(got) != 2 || !slices.Contains(got, "STS.1 t1") || !slices.Contains(got, "STS.3 t3") {
		t.Errorf("called with %q, want the keys of the event and of the request", got)
	}
	if log := end(); !strings.Contains(log, "FC Invoke Start RequestId: r-STS.1\n") || strings.Contains(log, `"made-up"`) {
		t.Errorf("got %s", log)
	}
}

// Outside of Function Compute headers say nothing.
func TestOutside(t *testing.T) {
	t.Parallel()
	platform, url := listenForSigners(t)
	send, end := custom(t, append(fctest.Environ(config.Refresh, url), "ALIBABA_CLOUD_ACCESS_KEY_ID=LTAI", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=made-up")...)
	for path, want := range map[string]int{"/invoke": http.StatusNotFound, "/v1/refresh": http.StatusOK} {
		header := append(by(path, "STS.1", "t1"), requesttest.Field{Name: "Authorization", Value: "Bearer " + requesttest.Token})
		got, err := send(t.Context(), requesttest.Request{Method: http.MethodPost, Path: path, Header: header, Body: []byte(`{"MediaIds":"media-1"}`)})
		if err != nil || got.Status != want {
			t.Errorf("%s: got %d %s, %v", path, got.Status, got.Body, err)
		}
	}
	if got := platform.seen(); len(got) != 1 || got[0] != "LTAI " {
		t.Errorf("called with %q, want the environment's key", got)
	}
	if log := end(); strings.Contains(log, "FC Invoke") {
		t.Errorf("the log has the platform's lines: %s", log)
	}
}
