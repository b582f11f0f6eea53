package core_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	throttled := core.Errorf(core.Throttled, "too many")
	for name, test := range map[string]struct {
		err  error
		want core.Kind
	}{
		"no error":                      {nil, ""},
		"a stranger":                    {errors.New("boom"), core.Internal},
		"an Error":                      {throttled, core.Throttled},
		"a wrapped Error":               {fmt.Errorf("while: %w", fmt.Errorf("trying: %w", throttled)), core.Throttled},
		"an Error among others":         {errors.Join(errors.New("boom"), throttled), core.Throttled},
		"the first Error of two":        {&core.Error{Kind: core.NotReady, Err: throttled}, core.NotReady},
		"an Error without a kind":       {&core.Error{Message: "odd"}, core.Internal},
		"a cancelled context":           {fmt.Errorf("call: %w", context.Canceled), core.Unavailable},
		"a deadline":                    {context.DeadlineExceeded, core.Unavailable},
		"an Error because of a context": {&core.Error{Kind: core.Throttled, Err: context.Canceled}, core.Throttled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.KindOf(test.err); got != test.want {
				t.Errorf("KindOf(%v) = %q, want %q", test.err, got, test.want)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	count := core.FieldError{Field: "SliceCount", Value: 21, Detail: "must be between 1 and 20"}
	result := core.FieldError{Field: "ResultType", Value: "Both", Detail: "must be one of Single, Multiple"}
	for want, e := range map[string]core.Error{
		"not_found": {Kind: core.NotFound},
		"too fast":  {Kind: core.Throttled, Message: "too fast", RetryAfter: time.Second},
		"RefreshMediaPlayUrls: too fast (Throttling, request R-1)": {
			Kind: core.Throttled, Op: "RefreshMediaPlayUrls", Message: "too fast", Code: "Throttling", RequestID: "R-1",
		},
		"GetVideoInfo: not_found (InvalidVideo.NotFound)": {Kind: core.NotFound, Op: "GetVideoInfo", Code: "InvalidVideo.NotFound"},
		"nobody there (request R-2)":                      {Kind: core.Unavailable, Message: "nobody there", RequestID: "R-2"},
		"invalid: SliceCount: must be between 1 and 20, not 21": {
			Kind: core.Invalid, Fields: []core.FieldError{count},
		},
		`options: SliceCount: must be between 1 and 20, not 21; ResultType: must be one of Single, Multiple, not "Both"`: {
			Kind: core.Invalid, Message: "options", Fields: []core.FieldError{count, result},
		},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			if got := e.Error(); got != want {
				t.Errorf("reads %q, want %q", got, want)
			}
		})
	}
}

func TestErrorHidesItsCause(t *testing.T) {
	t.Parallel()
	cause := errors.New("Get https://vod.example.com/?Signature=s3cret: connection reset")
	err := error(&core.Error{Kind: core.Unavailable, Op: "GetPlayInfo", Message: "no answer", Err: cause})
	for _, verb := range []string{"%v", "%+v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, err); strings.Contains(text, "s3cret") || !strings.Contains(text, "no answer") {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	if !errors.Is(err, cause) {
		t.Error("the cause cannot be found any more")
	}
}

func TestFieldErrorShortensValues(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]any{
		"text":           strings.Repeat("x", 10_000),
		"characters":     strings.Repeat("界", 100),
		"a list":         make([]int, 1000),
		"an own type":    core.List(strings.Repeat("mp4,", 1000)),
		"shifted by one": "x" + strings.Repeat("界", 100),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := core.FieldError{Field: "F", Value: value, Detail: "must be short"}.String()
			if len(text) > 100 || !strings.HasSuffix(text, "…") {
				t.Errorf("is %d bytes long: %s", len(text), text)
			}
			if !utf8.ValidString(text) {
				t.Errorf("cuts a character in half: %q", text)
			}
		})
	}
}
