package main_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// invoke hands events to a program.
func invoke(p *runtimetest.Program) envelopetest.Invoke {
	return func(ctx context.Context, event []byte) ([]byte, error) {
		ctx, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		result, err := p.Invoke(ctx, runtimetest.Event{Payload: event})
		if result.Failed {
			err = errors.Join(err, errors.New(result.Failure.Type+": "+result.Failure.Message))
		}
		return result.Payload, err
	}
}

// TestRequests: the table over the program as it is deployed, in one envelope; all
// of them are asked in process (functions/lambda/invocation).
func TestRequests(t *testing.T) {
	t.Parallel()
	requesttest.Run(t, func(t *testing.T, environ []string) requesttest.Send {
		t.Helper()
		p := start(t, environ...)
		return envelopetest.Sources()[0].Over(invoke(p))
	})
}

// TestEvents: every event of testdata/lambda, sent to the function that its name
// begins with. Those of the queue are in TestEventOfQueue.
func TestEvents(t *testing.T) {
	t.Parallel()
	answers := map[string]string{ // a part of each answer
		"callback_alb_health":                  `"statusDescription":"200 OK"`,
		"callback_albmulti_unsigned":           `"statusDescription":"403 Forbidden","multiValueHeaders":`,
		"callback_functionurl_wrongsignature":  `"statusCode":403`,
		"callback_httpapi_unsigned":            `"statusCode":403`,
		"callback_rest_wrongsignature":         `"statusCode":403,"multiValueHeaders":`,
		"credentials_functionurl_unauthorised": `"statusCode":401`,
		"credentials_httpapi_preflight":        `"statusCode":204`,
		"credentials_httpapi_token":            `"statusCode":200`,
		"refresh_functionurl_unauthorised":     `"statusCode":401`,
		"refresh_httpapi_dryrun":               `\"dry_run\":true`,
		"refresh_httpapi_media":                `\"outcome\":\"refreshed\"`,
		"refresh_rest_jobs":                    `{\"jobs\":[`,
		"refresh_schedule_rule":                `null`,
		"refresh_schedule_tick":                `null`,
	}
	files, err := filepath.Glob("../../testdata/lambda/*_*_*.json")
	if err != nil || len(files) <= len(answers) {
		t.Fatalf("%d events, %v", len(files), err)
	}
	for _, function := range []config.Function{config.Callback, config.Refresh, config.Credentials} {
		t.Run(string(function), func(t *testing.T) {
			t.Parallel()
			p := start(t, requesttest.Environ(function, requesttest.Platform(t))...)
			for _, file := range files {
				name := strings.TrimSuffix(filepath.Base(file), ".json")
				if !strings.HasPrefix(name, string(function)+"_") || strings.Contains(name, "_sqs_") {
					continue
				}
				event, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				answer, err := invoke(p)(t.Context(), event)
				if want := answers[name]; want == "" || !strings.Contains(string(answer), want) || err != nil {
					t.Errorf("%s is answered %s, %v, want %s", name, answer, err, want)
				}
			}
		})
	}
}
