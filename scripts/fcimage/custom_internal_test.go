package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// get sends a request and returns status and body.
func get(t *testing.T, method, url, body string, header ...string) (int, string, http.Header) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n+1 < len(header); n += 2 {
		request.Header.Set(header[n], header[n+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text), response.Header
}

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/fc/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestCustomRuntimeOverHTTP(t *testing.T) {
	t.Parallel()
	i, out := container(t, []string{"--http", "--server"}, "FC_RUNTIME=custom.debian12", "FUNCTION=refresh")
	i.environ = append(i.environ, "AGENT_SCRIPT="+i.code+"main")
	base := start(t, i)
	for name, c := range map[string]struct {
		method, path, body string
		header             []string
		status             int
	}{
		"health":            {http.MethodGet, "/healthz", "", nil, 200},
		"without a token":   {http.MethodGet, "/v1/jobs", "", nil, 401},
		"a forged event":    {http.MethodPost, "/invoke", sample(t, "refresh_timer_tick"), nil, 404},
		"a forged platform": {http.MethodPost, "/invoke", sample(t, "refresh_timer_tick"), []string{"X-Fc-Control-Path", "/invoke"}, 404},
	} {
		status, body, header := get(t, c.method, base+c.path, c.body, c.header...)
		if status != c.status {
			t.Errorf("%s: %d %s, want %d", name, status, body, c.status)
		}
		for name := range header {
			if strings.HasPrefix(name, "X-Fc-") {
				t.Errorf("the platform's header %s goes out", name)
			}
		}
	}
	if text := out.String(); !strings.Contains(text, "FC Invoke Start RequestId: 1-") || strings.Contains(text, "made-up-secret") {
		t.Errorf("log: %s", text)
	}
}

func TestCustomRuntimeWithAnEvent(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ function, event, says, wrong string }{
		"taken":   {"refresh", "refresh_queue_unwanted", `"messages":`, ""},
		"refused": {"callback", "refresh_timer_tick", `"errorMessage"`, `the function failed: HTTP 404, x-fc-status "404"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, out := container(t, []string{"--event", sample(t, c.event)}, "FC_RUNTIME=custom.debian12", "FUNCTION="+c.function,
				"ALIYUN_CALLBACK_URLS=https://a.example/cb", "ALIYUN_CALLBACK_KEYS=Abc123")
			i.environ = append(i.environ, "AGENT_SCRIPT="+i.code+"main")
			err := run(t.Context(), i)
			if (err == nil) != (c.wrong == "") || err != nil && !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("got %v, want %q", err, c.wrong)
			}
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("wrote %s, want %q", out, c.says)
			}
		})
	}
}
