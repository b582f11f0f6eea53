package vodsim_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events"
	aliyunevents "github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// TestDelivery posts a callback over the network, with the client that is the
// default, to a receiver that checks it as the program does.
func TestDelivery(t *testing.T) {
	t.Parallel()
	key := secret.New("callbackkey")
	verifier, err := aliyunevents.NewVerifier([]string{registered}, []secret.Value{key})
	if err != nil {
		t.Fatal(err)
	}
	received := make(chan events.Event, 1)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("body: %v", err)
		}
		if _, err := verifier.Verify(r.Header, noon()); err != nil {
			t.Errorf("verify: %v", err)
		}
		event, err := aliyunevents.Decode(body)
		if err != nil {
			t.Errorf("decode: %v", err)
		}
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s of %q, want POST of application/json", r.Method, r.Header.Get("Content-Type"))
		}
		w.WriteHeader(http.StatusOK)
		received <- event
	}))
	t.Cleanup(receiver.Close)

	p, _ := newPlatform(t, vodsim.Config{
		AnyMedia: true, CallbackURL: registered, CallbackTo: receiver.URL, CallbackKey: key, SubmitTime: -1,
	})
	job := p.must("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Preload")
	event := <-received
	if event.Kind != events.RefreshSubmitted || event.MediaID != "a" || event.Status != events.Success || !event.Time.Equal(noon()) {
		t.Errorf("event %+v, want the successful submission of a, now", event)
	}
	if len(event.JobIDs) == 0 || event.JobIDs[0] != job.text("MediaRefreshJobId") {
		t.Errorf("job IDs %v, want %s first", event.JobIDs, job.text("MediaRefreshJobId"))
	}
}

// TestOversizedForm sends more than the platform reads.
func TestOversizedForm(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	body := strings.NewReader("Action=" + strings.Repeat("a", 1<<20))
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", body)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	p.refused(p.send(r), http.StatusBadRequest, "InvalidParameter")
}

// TestFilterPolicy compares the policy that a job shows with the parameters of
// its call.
func TestFilterPolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		params []string
		want   string
	}{
		{"none", nil, `{"SliceFlag":false,"ResultType":"Single"}`},
		{"slices", []string{"SliceFlag", "true"}, `{"SliceFlag":true,"SliceCount":5,"ResultType":"Single"}`},
		{"count", []string{"SliceFlag", "true", "SliceCount", "20"}, `{"SliceFlag":true,"SliceCount":20,"ResultType":"Single"}`},
		{
			"all",
			[]string{"ResultType", "Multiple", "Formats", "mp4", "Definitions", "SD,HD", "StreamType", "video"},
			`{"SliceFlag":false,"ResultType":"Multiple","Formats":"mp4","Definitions":"SD,HD","StreamType":"video"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
			job := p.must("RefreshMediaPlayUrls", append(tt.params, "MediaIds", "a", "TaskType", "Refresh")...)
			if got := entries(p, job)[0].text("FilterPolicy"); got != tt.want {
				t.Errorf("FilterPolicy %s, want %s", got, tt.want)
			}
		})
	}
}
