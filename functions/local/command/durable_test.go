package command_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// eventually runs a command until its output says something. It has the patience
// for the lease of a message that was on its way to a worker at a shutdown.
func eventually(t *testing.T, environ []string, says string, args ...string) ran {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		got := run(t, environ, "", args...)
		if strings.Contains(got.out, says) {
			return got
		}
		if time.Now().After(deadline) {
			t.Fatalf("%v does not say %q: %+v", args, says, got)
		}
	}
}

func TestDeadLettersOfAServer(t *testing.T) {
	t.Parallel()
	base, stop := serving(t, durable(t))
	here := []string{"LISTEN_ADDR=" + strings.TrimPrefix(base, "http://")}
	if got := run(t, here, "", "dead", "list"); got.code != 0 || !strings.Contains(got.out, "0 of 0 dead letters") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "dead", "redrive", "--all"); got.code != 0 || got.out != "0 put back\n" {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "dead", "redrive", "999", "1000"); got.code != 1 || got.out != "0 put back\n" ||
		!strings.Contains(got.errors, "no dead letter has the ID 1000, 999") {
		t.Errorf("got %+v", got)
	}
	for _, id := range []string{"missing-1", "forbidden-1"} {
		if got := run(t, here, "", "send", "--media", id); got.code != 0 || !strings.Contains(got.out, "queued") {
			t.Fatalf("got %+v", got)
		}
	}
	got := eventually(t, here, "2 of 2 dead letters", "dead", "list")
	for _, part := range []string{"REASON", "aliyun", "Refresh", "missing-1", "not_found", "forbidden-1", "forbidden"} {
		if !strings.Contains(got.out, part) {
			t.Errorf("the list does not say %q:\n%s", part, got.out)
		}
	}
	if got := run(t, here, "", "dead", "list", "--most", "1", "--server", base); !strings.Contains(got.out, "1 of 2 dead letters") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "dead", "list", "--most", "0"); got.code != 1 || !strings.Contains(got.errors, "most: must be a whole number between 1 and 1000") {
		t.Errorf("got %+v", got)
	}
	var letters refresh.DeadLetters
	if got := run(t, here, "", "dead", "list", "-o", "json"); json.Unmarshal([]byte(got.out), &letters) != nil || len(letters.Dead) != 2 || letters.Total != 2 {
		t.Fatalf("got %+v", got)
	}
	first := letters.Dead[0]
	if got := run(t, here, "", "dead", "redrive", first.ID, "nobody"); got.code != 1 || got.out != "1 put back\n" ||
		!strings.HasSuffix(got.errors, "no dead letter has the ID nobody\n") {
		t.Errorf("got %+v", got)
	}
	eventually(t, here, "2 of 2 dead letters", "dead", "list") // it died again
	var again refresh.DeadLetters
	if got := run(t, here, "", "dead", "list", "-o", "json"); json.Unmarshal([]byte(got.out), &again) != nil || len(again.Dead) != 2 ||
		again.Dead[1].Message.Task.ID != first.Message.Task.ID || !again.Dead[1].Message.Redriven {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "dead", "redrive", "--all", "-o", "json"); got.code != 0 || !strings.Contains(got.out, `"redriven": 2`) {
		t.Errorf("got %+v", got)
	}
	eventually(t, here, "queue: 0 ready, 0 delayed, 2 dead", "quota", "--server", base)
	if got := stop(); got.code != 0 || !strings.Contains(got.errors, "message is dead") {
		t.Errorf("serve: got %+v", got)
	}
}

func TestJobsOfAServer(t *testing.T) {
	t.Parallel()
	base, stop := serving(t, durable(t))
	here := []string{"LISTEN_ADDR=" + strings.TrimPrefix(base, "http://")}
	if got := run(t, here, "", "jobs"); got.code != 0 || !strings.Contains(got.out, "JOB") || strings.Contains(got.out, "aliyun") {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "send", "--media", media); got.code != 0 || !strings.Contains(got.out, "queued") {
		t.Fatalf("got %+v", got)
	}
	got := eventually(t, here, "done", "jobs")
	for _, part := range []string{"aliyun", "Refresh", "SUBMITTED", "WAITED", "TOOK"} {
		if !strings.Contains(got.out, part) {
			t.Errorf("the list does not say %q:\n%s", part, got.out)
		}
	}
	var list refresh.JobList
	if got := run(t, here, "", "jobs", "-o", "json", "--server", base); json.Unmarshal([]byte(got.out), &list) != nil || len(list.Jobs) != 1 {
		t.Fatalf("got %+v", got)
	}
	if j := list.Jobs[0]; j.State != core.JobDone || j.Targets[0] != media || j.URLs == 0 || j.SubmittedToDone == 0 {
		t.Errorf("got %+v", j)
	}
	if got := run(t, here, "", "jobs", "--media", media); got.code != 0 || !strings.Contains(got.out, list.Jobs[0].ID) {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "jobs", "--media", "m&media="+media); got.code != 0 || strings.Contains(got.out, list.Jobs[0].ID) ||
		!strings.Contains(got.errors, "no job of the last day is about m&media="+media) {
		t.Errorf("got %+v", got)
	}
	if got := run(t, here, "", "jobs", list.Jobs[0].ID, "--server", base); got.code != 0 || !strings.Contains(got.out, "done") || !strings.Contains(got.out, media) {
		t.Errorf("got %+v", got)
	}
	if got := stop(); got.code != 0 {
		t.Errorf("serve: got %+v", got)
	}
}

// What was answered with 200 is done after a restart on the same DATA_DIR, and
// only once.
func TestServeKeepsWhatItAccepted(t *testing.T) {
	t.Parallel()
	sim := vodsim.New(vodsim.Config{
		AccessKeyID: "id", AccessKeySecret: secret.New("secret"), AnyMedia: true, SubmitTime: time.Millisecond, RefreshTime: time.Millisecond,
	})
	sim.Fault(vodsim.Fault{Kind: vodsim.FaultServerError}) // the platform is down
	url, err := sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	const registered = "https://public.example.com/cb"
	account := append(durable(t), "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret", "ALIYUN_VOD_ENDPOINT="+url,
		"ALIYUN_CALLBACK_URLS="+registered, "ALIYUN_CALLBACK_KEYS=Key1", "API_TOKENS="+token, "LINGER=20s")
	base, stop := serving(t, account)
	body := filepath.Join(t.TempDir(), "body.json")
	event := fmt.Sprintf(`{"EventType":"TranscodeComplete","Status":"success","VideoId":%q,"EventTime":%q}`, media, time.Now().UTC().Format(time.RFC3339))
	if err := os.WriteFile(body, []byte(event), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := run(t, account, "", "send", "--file", body, "--to", base+"/callbacks/aliyun"); got.code != 0 || !strings.Contains(got.out, "queued") {
			t.Fatalf("got %+v", got)
		}
	}
	if got := stop(); got.code != 0 {
		t.Fatalf("serve: got %+v", got)
	}
	before := len(sim.Calls())
	sim.ClearFaults()

	base, stop = serving(t, append(account, "LINGER=100ms"))
	eventually(t, account, "queue: 0 ready, 0 delayed, 0 dead", "quota", "--server", base)
	if got := run(t, account, "", "send", "--file", body, "--to", base+"/callbacks/aliyun"); got.code != 0 {
		t.Fatalf("got %+v", got)
	}
	eventually(t, account, "queue: 0 ready, 0 delayed, 0 dead", "quota", "--server", base)
	refreshed := 0
	for _, c := range sim.Calls()[before:] {
		if c.Action == "RefreshMediaPlayUrls" {
			refreshed++
		}
	}
	if refreshed != 1 {
		t.Errorf("refreshed %d times, want once", refreshed)
	}
	if got := stop(); got.code != 0 || strings.Contains(got.errors, "no longer followed") {
		t.Errorf("serve: got %+v", got)
	}
}

// A server whose engine cannot be had ends, says why, and shows no password.
func TestServeSaysWhatItsEnginesLack(t *testing.T) {
	t.Parallel()
	const password = "s3cret-made-up"
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	used := durable(t)
	_, stop := serving(t, used)
	for name, c := range map[string]struct {
		environ []string
		says    []string
	}{
		"a file":          {[]string{"DATA_DIR=" + file}, []string{"STORE_URL=embedded:", "data folder", "cannot be made"}},
		"another process": {used, []string{"STORE_URL=embedded:", "another process uses it"}},
		"NATS is out":     {[]string{"QUEUE_URL=nats://me:" + password + "@127.0.0.1:1", "STORE_URL=none:"}, []string{"QUEUE_URL=nats://127.0.0.1:1", "connect to NATS"}},
		"Redis is out":    {[]string{"QUEUE_URL=direct:", "STORE_URL=redis://:" + password + "@127.0.0.1:1"}, []string{"STORE_URL=redis://127.0.0.1:1", "cannot be reached"}},
	} {
		got := run(t, append([]string{"LISTEN_ADDR=127.0.0.1:0"}, c.environ...), "", "serve")
		if got.code != 1 {
			t.Errorf("%s: got %+v", name, got)
		}
		for _, part := range c.says {
			if !strings.Contains(got.errors, part) {
				t.Errorf("%s: standard error does not say %q: %s", name, part, got.errors)
			}
		}
		if strings.Contains(got.out+got.errors, password) {
			t.Errorf("%s: a password is shown: %s", name, got.errors)
		}
	}
	if got := stop(); got.code != 0 {
		t.Errorf("serve: got %+v", got)
	}
}
