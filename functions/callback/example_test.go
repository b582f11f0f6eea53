package callback_test

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

func encode(text []byte) string { return base64.StdEncoding.EncodeToString(text) }

func ExampleAliyun() {
	verifier, err := aliyun.NewVerifier([]string{registered}, []secret.Value{secret.New(key)})
	if err != nil {
		fmt.Println(err)
		return
	}
	log := slog.New(slog.DiscardHandler)
	handler := callback.Aliyun(callback.Config{
		Verifier: verifier, Counts: &callback.Counts{}, Clock: clock.NewFake(now()), Log: log,
		Intake: &core.Intake{
			Rules: core.DefaultRules(), Handover: &handover{outcome: core.Outcome{State: core.Refreshed, JobID: "c5ae"}},
			Clock: clock.NewFake(now()), Log: log,
		},
	})
	request := httptest.NewRequest(http.MethodPost, "/callbacks/aliyun",
		strings.NewReader(`{"EventType":"FileUploadComplete","Status":"success","VideoId":"0a1b2c"}`))
	request.Header = aliyun.Sign(registered, secret.New(key), now())
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	fmt.Print(answer.Code, " ", answer.Body)
	// Output: 200 {"verdict":"refreshed","job_id":"c5ae"}
}

func ExampleCounts() {
	var counts callback.Counts
	counts.Add(events.Event{Type: "TranscodeComplete", Kind: events.Transcoded}, callback.Ignored)
	counts.Add(events.Event{Type: "made up by a stranger", Kind: events.Unknown}, callback.Ignored)
	fmt.Println(counts.All())
	// Output: map[{TranscodeComplete ignored}:1 {unknown ignored}:1]
}
