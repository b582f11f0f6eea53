package command_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// demoReport is what demo prints with -o json.
type demoReport struct {
	Callbacks []struct {
		Provider   string `json:"provider"`
		EventType  string `json:"event_type"`
		MediaID    string `json:"media_id"`
		HTTPStatus int    `json:"http_status"`
		Verdict    string `json:"verdict"`
	} `json:"callbacks"`
	Calls []struct {
		Provider, Action string
		MediaIDs         []string `json:"media_ids"`
		HTTPStatus       int      `json:"http_status"`
	} `json:"calls"`
	Jobs []struct {
		Provider, ID, State string
		Targets             []string
	} `json:"jobs"`
}

func (r demoReport) verdicts() []string {
	var verdicts []string
	for _, c := range r.Callbacks {
		verdicts = append(verdicts, fmt.Sprint(c.HTTPStatus, " ", c.Verdict))
	}
	return verdicts
}

func TestDemo(t *testing.T) {
	t.Parallel()
	account := cloud(t)
	rest := []string{"200 ignored", "200 ignored", "403 refused", "403 refused"}
	both := []string{"200 refreshed", "200 replayed", "200 refreshed", "403 refused"} // of huawei
	for name, c := range map[string]struct {
		environ  []string
		verdicts []string // of the upload, the transcode, and the same again
		calls    int
		jobs     int
	}{
		"as it comes":                 {nil, []string{"200 refreshed", "200 refreshed", "200 covered"}, 4, 4},
		"a queue that others use":     {[]string{"QUEUE_URL=nats://127.0.0.1:1", "STORE_URL=redis://127.0.0.1:1"}, []string{"200 refreshed", "200 refreshed", "200 covered"}, 4, 4},
		"without a store":             {[]string{"STORE_URL=none:"}, []string{"200 refreshed", "200 refreshed", "200 refreshed"}, 5, 5},
		"stateless":                   {stateless(), []string{"200 refreshed", "200 refreshed", "200 refreshed"}, 5, 5},
		"with credentials":            {account, []string{"200 not_found", "200 not_found", "200 not_found"}, 3, 0},
		"with credentials, stateless": {slices.Concat(account, stateless()), []string{"200 not_found", "200 not_found", "200 not_found"}, 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, c.environ, "", "demo", "-o", "json")
			if simulated := !slices.Contains(c.environ, account[0]); got.code != 0 || strings.Contains(got.errors, "simulator") != simulated {
				t.Fatalf("got %+v", got)
			}
			var report demoReport
			decoder := json.NewDecoder(strings.NewReader(got.out))
			decoder.DisallowUnknownFields()
			if err := decoder.Decode(&report); err != nil || decoder.More() || strings.Contains(got.out, "null") {
				t.Fatalf("standard output is not one object of the known shape: %v\n%s", err, got.out)
			}
			want := slices.Concat(c.verdicts, rest)
			if !slices.Contains(c.environ, account[0]) {
				want = append(want, both...)
			}
			if verdicts := report.verdicts(); !slices.Equal(verdicts, want) {
				t.Errorf("got %q, want %q", verdicts, want)
			}
			if len(report.Calls) != c.calls || report.Calls[0].Action != "RefreshMediaPlayUrls" || report.Calls[0].HTTPStatus != 200 ||
				!slices.Equal(report.Calls[0].MediaIDs, []string{report.Callbacks[0].MediaID}) {
				t.Errorf("calls: %+v", report.Calls)
			}
			if len(report.Jobs) != c.jobs {
				t.Errorf("jobs: %+v", report.Jobs)
			}
			for _, j := range report.Jobs {
				if j.Provider != "aliyun" && j.Provider != "huawei" || j.ID == "" || j.State != "done" || len(j.Targets) != 1 {
					t.Errorf("job: %+v", j)
				}
			}
		})
	}
}

// With Huawei's credentials alone, the demo is about Huawei alone.
func TestDemoOfHuawei(t *testing.T) {
	t.Parallel()
	got := run(t, tenant(t), "", "demo", "-o", "json")
	var report demoReport
	if err := json.Unmarshal([]byte(got.out), &report); err != nil || got.code != 0 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if want := []string{"200 refreshed", "200 replayed", "200 refreshed", "403 refused"}; !slices.Equal(report.verdicts(), want) {
		t.Errorf("got %q, want %q", report.verdicts(), want)
	}
	for i, c := range report.Calls {
		if c.Provider != "huawei" || c.Action != "RefreshAsset" || c.HTTPStatus != 202 || !slices.Equal(c.MediaIDs, []string{report.Callbacks[2*i].MediaID}) {
			t.Errorf("call %d: %+v", i, c)
		}
	}
	if len(report.Calls) != 2 || len(report.Jobs) != 2 {
		t.Errorf("calls %+v, jobs %+v", report.Calls, report.Jobs)
	}
}

func TestDemoShowsAPersonATable(t *testing.T) {
	t.Parallel()
	usual := []string{"CALLBACK", "an upload", "3 streams", "the same again", "a failed transcode", "an unknown event", "bad signature", "stale", "RefreshMediaPlayUrls -> 200", "done", "RefreshAsset -> 202", "huawei, over MFS", "replayed", "over SMN", "topic"}
	got := run(t, nil, "", "demo")
	for _, part := range append(slices.Clone(usual), "covered: an earlier refresh came after it") {
		if !strings.Contains(got.out, part) {
			t.Errorf("the table does not say %q:\n%s", part, got.out)
		}
	}
	jobs := regexp.MustCompile(`([0-9a-f]{8}\S*): done`).FindAllStringSubmatch(got.out, -1)
	seen := make(map[string]bool)
	for _, job := range jobs {
		seen[job[1]] = true
	}
	if len(jobs) != 4 || len(seen) != 4 {
		t.Errorf("four jobs look like %d of %d:\n%s", len(seen), len(jobs), got.out)
	}
	if strings.Contains(got.out, "paid for twice") {
		t.Errorf("the duplicate cost nothing:\n%s", got.out)
	}
	got = run(t, stateless(), "", "demo")
	for _, part := range append(usual, "paid for twice") {
		if !strings.Contains(got.out, part) {
			t.Errorf("the table does not say %q:\n%s", part, got.out)
		}
	}
}

// The demo leaves nothing behind: not in DATA_DIR, and not where its own is. It
// moves the folder for temporary files, so it is not parallel to others.
func TestDemoLeavesNothingBehind(t *testing.T) {
	temporary, data := t.TempDir(), t.TempDir()
	t.Setenv("TMPDIR", temporary)
	if got := run(t, []string{"DATA_DIR=" + data}, "", "demo"); got.code != 0 {
		t.Fatalf("got %+v", got)
	}
	for _, dir := range []string{temporary, data} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("%s holds %v, %v", dir, left, err)
		}
	}
}
