package custom_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/custom"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// 200 callbacks that come to one instance at once share calls, and each is
// answered with what became of its own media: some are not there, some are others',
// and a call among them is throttled and made again.
func TestConcurrentCallbacks(t *testing.T) {
	t.Parallel()
	const count, perCall, more = 200, 20, 2
	platform := vodsim.New(vodsim.Config{
		AccessKeyID: requesttest.AccessKeyID, AccessKeySecret: secret.New(requesttest.AccessKeySecret), AnyMedia: true, Rate: -1, RefreshQuota: -1,
	})
	t.Cleanup(func() { _ = platform.Close() })
	url, err := platform.Start()
	if err != nil {
		t.Fatal(err)
	}
	platform.Fault(vodsim.Fault{Action: "RefreshMediaPlayUrls", Kind: vodsim.FaultThrottle, Times: 1})
	i, _ := open(t, fctest.Environ(config.Callback, url))
	send := requesttest.Serve(t, custom.Handler(i, true))

	header := append(requesttest.Signed(requesttest.CallbackKey, time.Now()), platforms("/http-invoke")...)
	answers := make([]callback.Answer, count)
	var running sync.WaitGroup
	for n := range count {
		running.Go(func() {
			got, err := send(t.Context(), requesttest.Request{
				Method: http.MethodPost, Path: "/callbacks/aliyun", Header: header, Body: requesttest.Transcoded(mediaOf(n)),
			})
			if err == nil && got.Status != http.StatusOK {
				err = fmt.Errorf("status %d: %s", got.Status, got.Body)
			}
			if err == nil {
				err = json.Unmarshal(got.Body, &answers[n])
			}
			if err != nil {
				t.Errorf("%s: %v", mediaOf(n), err)
			}
		})
	}
	running.Wait()

	calls, jobOf := 0, make(map[string]string)
	for _, call := range platform.Calls() {
		if call.Action != "RefreshMediaPlayUrls" {
			continue
		}
		calls++
		for _, id := range call.MediaIDs {
			jobOf[id] = "called"
		}
	}
	if most := (count+perCall-1)/perCall + more; calls > most {
		t.Errorf("%d calls for %d callbacks, want at most %d", calls, count, most)
	}
	jobs := make(map[string]int)
	for n, a := range answers {
		media := mediaOf(n)
		want := callback.Verdict("refreshed")
		for prefix, verdict := range map[string]callback.Verdict{"missing": "not_found", "forbidden": "forbidden"} {
			if strings.HasPrefix(media, prefix) {
				want = verdict
			}
		}
		if a.Verdict != want || (a.JobID != "") != (want == "refreshed") || jobOf[media] == "" {
			t.Errorf("%s: got %+v, want %s", media, a, want)
		}
		jobs[a.JobID]++
		if a.JobID != "" && jobs[a.JobID] > perCall {
			t.Errorf("job %s has more than %d media", a.JobID, perCall)
		}
	}
}

// mediaOf is the media of the nth callback.
func mediaOf(n int) string {
	switch n % 10 {
	case 3:
		return fmt.Sprint("missing-", n)
	case 7:
		return fmt.Sprint("forbidden-", n)
	}
	return fmt.Sprint("media-", n)
}
