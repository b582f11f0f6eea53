package wire_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
)

// judge knows one code, "Busy", and hides one word.
func judge() wire.Judge {
	return wire.Judge{
		Op: "Op", Now: noon(),
		Classify: func(code string) (core.Kind, time.Duration) {
			if code == "Busy" {
				return core.Throttled, 2 * time.Second
			}
			return "", 0
		},
		Redact: func(text string) string { return wire.Redact(text, signature) },
	}
}

// answer is an answer of JSON.
func answer(status int, body string) *wire.Answer {
	return &wire.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(body)}
}

func TestRefusal(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		status int
		body   string
		top    wire.Envelope
		kind   core.Kind // empty: worth decoding
		text   string
	}{
		{"good", 200, "{}", wire.Envelope{Object: true}, "", ""},
		{"good with 202", 202, "{}", wire.Envelope{Object: true}, "", ""},
		{"good with an empty code", 200, "{}", wire.Envelope{Object: true, Code: ""}, "", ""},
		{"page with 200", 200, "<html>", wire.Envelope{}, core.Internal, "Op: the answer, HTTP 200, is no JSON object: 6 bytes of application/json"},
		{"page with 502", 502, "<html>", wire.Envelope{}, core.Unavailable, "Op: the answer, HTTP 502, is no JSON object: 6 bytes of application/json"},
		{"page with 404", 404, "<html>", wire.Envelope{}, core.Internal, "Op: the answer, HTTP 404, is no JSON object: 6 bytes of application/json"},
		{"empty", 200, "", wire.Envelope{}, core.Internal, "Op: the answer, HTTP 200, is empty"},
		{"blank", 503, " \n", wire.Envelope{}, core.Unavailable, "Op: the answer, HTTP 503, is empty"},
		{"no code", 400, "{}", wire.Envelope{Object: true, Message: "why"}, core.Internal, "Op: refused with HTTP 400 and no error code"},
		{"numeric code", 200, "{}", wire.Envelope{Object: true, Code: 502.0}, core.Internal, "Op: refused with HTTP 200 and no error code"},
		{"code that is a text", 400, "{}", wire.Envelope{Object: true, Code: "see http://example.com"}, core.Internal, "Op: refused with HTTP 400 and no error code"},
		{"numeric message", 400, "{}", wire.Envelope{Object: true, Code: "New", Message: 7.0}, core.Invalid, "Op: refused with HTTP 400 (New)"},
		{"code with 200", 200, "{}", wire.Envelope{Object: true, Code: "Busy", Message: "slow down", RequestID: "R1"}, core.Throttled, "Op: slow down (Busy, request R1)"},
		{"hidden words", 400, "{}", wire.Envelope{Object: true, Code: "New", Message: "sign " + signature}, core.Invalid, "Op: refused with HTTP 400 (New)"},
		{"who asks", 401, "{}", wire.Envelope{Object: true, Code: "New", Message: "key MADEUP"}, core.Unauthenticated, "Op: key, token or signature refused (New)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			err := judge().Refusal(answer(tc.status, tc.body), tc.top)
			if tc.kind == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			wantError(t, err, tc.kind, tc.text)
			if err.Error() != tc.text {
				t.Errorf("error %q, want %q", err, tc.text)
			}
		})
	}
}

func TestStatusDecides(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct{ unknown, none core.Kind }{
		200: {core.Internal, core.Internal},
		400: {core.Invalid, core.Internal},
		401: {core.Unauthenticated, core.Internal},
		403: {core.Forbidden, core.Internal},
		404: {core.NotFound, core.Internal},
		408: {core.Unavailable, core.Unavailable},
		409: {core.Internal, core.Internal},
		413: {core.Invalid, core.Invalid},
		414: {core.Invalid, core.Invalid},
		429: {core.Throttled, core.Throttled},
		500: {core.Unavailable, core.Unavailable},
		504: {core.Unavailable, core.Unavailable},
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			wantError(t, judge().Refusal(answer(status, "{}"), wire.Envelope{Object: true, Code: "New"}), want.unknown, "(New)")
			wantError(t, judge().Refusal(answer(status, "page"), wire.Envelope{}), want.none, "is no JSON object")
		})
	}
}

func TestMediaTypeOfNoObject(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		"text/html; charset=utf-8":        "text/html",
		"":                                "unknown type",
		"/":                               "unknown type",
		"text/" + fmt.Sprintf("%060d", 0): "unknown type",
	} {
		a := answer(502, "page")
		a.Header.Set("Content-Type", header)
		wantError(t, judge().Refusal(a, wire.Envelope{}), core.Unavailable, "4 bytes of "+want)
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		header, code string
		want         time.Duration
	}{
		{"", "New", 0},
		{"7", "New", 7 * time.Second},
		{"-7", "New", 0},
		{"soon", "New", 0},
		{"99999999999", "New", 24 * time.Hour},
		{noon().Add(90 * time.Second).Format(http.TimeFormat), "New", 90 * time.Second},
		{noon().Add(-time.Hour).Format(http.TimeFormat), "New", 0},
		{"", "Busy", 2 * time.Second},
		{"7", "Busy", 7 * time.Second},
	} {
		t.Run(tc.header+" "+tc.code, func(t *testing.T) {
			t.Parallel()
			a := answer(429, "{}")
			a.Header.Set("Retry-After", tc.header)
			e, ok := errors.AsType[*core.Error](judge().Refusal(a, wire.Envelope{Object: true, Code: tc.code}))
			if !ok || e.RetryAfter != tc.want {
				t.Errorf("error %#v, want to wait %s", e, tc.want)
			}
		})
	}
}
