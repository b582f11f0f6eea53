package main_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// answers are what the function answers to each recorded event, as patterns. The
// first word of a name is the function; one that begins with an exclamation mark
// is that of a failure.
func answers() map[string]string {
	answer := func(status, body string) string {
		return `^\{"statusCode":` + status + `,"headers":\{.*\},"isBase64Encoded":false,"body":"` + body
	}
	return map[string]string{
		"callback_http_unsigned": answer("403", `.*\\"status\\":403`),
		"callback_http_base64":   answer("403", `.*\\"status\\":403`),
		"callback_http_health":   answer("200", `ok\\n"`),
		"credentials_http_token": answer("200", `.*UploadAuth`),
		"credentials_http_path":  answer("401", `.*\\"status\\":401`),
		"refresh_http_token":     answer("200", `.*refreshed.*not_found`),
		"refresh_http_repeated":  answer("200", `\{\\"jobs\\":`),
		"refresh_queue_array":    `^\{"messages":3\}$`,
		"refresh_queue_base64":   `^\{"messages":2\}$`,
		"refresh_queue_bodies":   `^\{"messages":3\}$`,
		"refresh_queue_data":     `^\{"messages":1\}$`,
		"refresh_queue_message":  `^\{"messages":1\}$`,
		"refresh_queue_object":   `^\{"messages":1\}$`,
		"refresh_queue_parsed":   `^\{"messages":1\}$`,
		"refresh_queue_poison":   `!"errorMessage":"2 of 3 messages have to come again`,
		"refresh_queue_strings":  `^\{"messages":2\}$`,
		"refresh_queue_unwanted": `^\{"messages":2\}$`,
		"refresh_timer_payload":  `^\{"messages":0\}$`,
		"refresh_timer_tick":     `^\{"messages":0\}$`,
	}
}

// The built binary answers every recorded event; those of functions that they are
// not for fail.
func TestRecordedEvents(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../testdata/fc/*.json")
	if err != nil {
		t.Fatal(err)
	}
	want := answers()
	if len(files) != len(want) {
		t.Errorf("%d events, and answers to %v", len(files), slices.Sorted(maps.Keys(want)))
	}
	for _, of := range []config.Function{config.Callback, config.Refresh, config.Credentials} {
		t.Run(string(of), func(t *testing.T) {
			t.Parallel()
			p := start(t, fctest.Environ(of, requesttest.Platform(t))...)
			for _, file := range files {
				name := strings.TrimSuffix(filepath.Base(file), ".json")
				payload, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				r := invoke(t, p, runtimetest.Event{Payload: payload, Header: role(requesttest.AccessKeyID, requesttest.AccessKeySecret, "")})
				pattern, own := want[name], strings.HasPrefix(name, string(of)+"_")
				switch {
				case !own && strings.Contains(name, "_http_"): // another function's path, but for health
					pattern = `"statusCode":(404|200)`
				case !own:
					pattern = `!"errorMessage":".*not for FUNCTION=` + string(of)
				}
				if pattern == "" {
					t.Errorf("%s: nobody says what its answer is", name)
				}
				pattern, fails := strings.CutPrefix(pattern, "!")
				if r.Failed != fails || !regexp.MustCompile(pattern).Match(r.Payload) {
					t.Errorf("%s: got %s (failed: %t), want %s", name, r.Payload, r.Failed, pattern)
				}
			}
			if p.Unexpected() != nil {
				t.Errorf("requests that no Runtime API knows: %v", p.Unexpected())
			}
		})
	}
}
