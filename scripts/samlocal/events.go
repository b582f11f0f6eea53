package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const eventsFolder = "testdata/lambda"

// expected is what an event has to lead to.
type expected struct {
	status int    // of an HTTP answer; zero for none
	holds  string // part of its body, or all of another answer
	calls  string // what the platforms are asked for that costs something: actions with IDs, in order
}

// expectations are those of testdata/lambda. The functions know the account of
// functions/requesttest, with which the events were made; what has a signature has
// none that holds, because they end after minutes.
func expectations() map[string]expected {
	const null = "null"
	return map[string]expected{
		"callback_alb_health.json":                  {status: 200, holds: "ok"},
		"callback_albmulti_unsigned.json":           {status: 403, holds: `"status":403`},
		"callback_functionurl_wrongsignature.json":  {status: 403, holds: `"status":403`},
		"callback_httpapi_unsigned.json":            {status: 403, holds: `"status":403`},
		"callback_rest_wrongsignature.json":         {status: 403, holds: `"status":403`},
		"credentials_functionurl_unauthorised.json": {status: 401, holds: `"status":401`},
		"credentials_httpapi_preflight.json":        {status: 204},
		"credentials_httpapi_token.json":            {status: 200, holds: `"UploadAuth"`, calls: "RefreshUploadVideo uploading-1"},
		"refresh_functionurl_unauthorised.json":     {status: 401, holds: `"status":401`},
		"refresh_httpapi_dryrun.json":               {status: 200, holds: `"dry_run":true`},
		"refresh_httpapi_media.json":                {status: 202, holds: `"outcome":"queued"`},
		"refresh_rest_jobs.json":                    {status: 200, holds: "["},
		"refresh_schedule_rule.json":                {holds: null},
		"refresh_schedule_tick.json":                {holds: null},
		"refresh_sqs_batch.json": {
			holds: `{"batchItemFailures":[{"itemIdentifier":"059f36b4-87a3-44ab-83d2-661970000002"}]}`,
			calls: "RefreshMediaPlayUrls media-1,missing-1",
		},
	}
}

// tryEvents invokes the functions with every event of testdata/lambda.
func tryEvents(ctx context.Context, s *stage, tool *sam, r *report, match string) error {
	files, err := filepath.Glob(filepath.Join(eventsFolder, "*.json"))
	if err != nil {
		return err
	}
	all := expectations()
	if err := complete(files, all); err != nil {
		return err
	}
	for _, file := range files {
		if name := filepath.Base(file); strings.Contains(name, match) {
			r.check("invoke with "+name, func() error { return s.tryEvent(ctx, tool, file, all[name]) })
		}
	}
	return nil
}

// complete reports events that nothing is expected of, and expectations that have
// no event.
func complete(files []string, all map[string]expected) error {
	left := maps.Clone(all)
	for _, file := range files {
		name := filepath.Base(file)
		if _, ok := all[name]; !ok {
			return fmt.Errorf("scripts/samlocal does not say what is expected of %s", file)
		}
		delete(left, name)
	}
	if len(left) > 0 {
		return fmt.Errorf("%s has no %s", eventsFolder, slices.Sorted(maps.Keys(left)))
	}
	return nil
}

// functionOf is the function that an event is for: its file's name begins with it.
func functionOf(file string) string {
	name, _, _ := strings.Cut(filepath.Base(file), "_")
	return strings.ToUpper(name[:1]) + name[1:] + "Function"
}

func (s *stage) tryEvent(ctx context.Context, tool *sam, file string, want expected) error {
	event, err := os.ReadFile(file) //nolint:gosec // one of the repository's
	if err != nil {
		return err
	}
	before := len(s.spent())
	answer, log, err := s.invoke(ctx, tool, functionOf(file), event)
	if err != nil {
		return err
	}
	if err := want.met(answer, s.spent()[before:]); err != nil {
		return fmt.Errorf("%w\n%s", err, tail(string(log)))
	}
	return nil
}

// invoke runs a function once, with no more permissions than its role has.
func (s *stage) invoke(ctx context.Context, tool *sam, function string, event []byte) (answer, log []byte, err error) {
	answer, log, err = tool.invoke(ctx, function, event)
	return answer, log, errors.Join(err, s.permitted(function))
}

// met compares an answer, and the calls that led to it.
func (e expected) met(answer []byte, calls []string) error {
	if made := strings.Join(calls, "; "); made != e.calls {
		return fmt.Errorf("the platforms were asked for %q, want %q", made, e.calls)
	}
	if e.status == 0 {
		return same(answer, e.holds)
	}
	var given struct {
		StatusCode int    `json:"statusCode"`
		Body       string `json:"body"`
	}
	if err := json.Unmarshal(answer, &given); err != nil {
		return fmt.Errorf("the answer is %q: %w", answer, err)
	}
	if given.StatusCode != e.status || !strings.Contains(given.Body, e.holds) {
		return fmt.Errorf("answered %s, want %d and %s", answer, e.status, e.holds)
	}
	return nil
}

// same compares JSON, which SAM prints with blanks of its own.
func same(answer []byte, want string) error {
	var given, wanted any
	if err := json.Unmarshal(answer, &given); err != nil {
		return fmt.Errorf("the answer is %q: %w", answer, err)
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil {
		return err
	}
	if fmt.Sprint(given) != fmt.Sprint(wanted) {
		return fmt.Errorf("answered %s, want %s", answer, want)
	}
	return nil
}

// spent are the calls that cost quota or give rights away, Alibaba's first.
func (s *stage) spent() (all []string) {
	for _, call := range s.aliyun.Calls() {
		if slices.Contains([]string{"RefreshMediaPlayUrls", "PreloadVodObjectCaches", "RefreshUploadVideo"}, call.Action) {
			all = append(all, call.Action+" "+strings.Join(slices.Sorted(slices.Values(call.MediaIDs)), ","))
		}
	}
	for _, call := range s.huawei.Calls() {
		if slices.Contains([]string{"RefreshAsset", "PreheatingAsset"}, call.Action) {
			all = append(all, call.Action+" "+strings.Join(slices.Sorted(slices.Values(call.AssetIDs)), ","))
		}
	}
	return all
}
