package aliyun_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func ExampleClient_Submit() {
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		fmt.Println("asked for", query.Get("Action"), "of", query.Get("MediaIds"))
		_, _ = fmt.Fprint(w, `{"RequestId":"R1","MediaRefreshJobId":"41d465e3","NonExistMediaIds":"ca3a8f6e"}`)
	}))
	defer platform.Close()

	client, err := aliyun.New(aliyun.Config{
		Endpoint: platform.URL, // leave it out for the region's own
		Credentials: func(context.Context) (aliyun.Credentials, error) {
			return aliyun.Credentials{AccessKeyID: "made-up", AccessKeySecret: secret.New("made-up")}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.Submit(context.Background(), core.Batch{
		Target:  core.Media,
		IDs:     []string{"eb1861d2", "ca3a8f6e"},
		Options: core.Options{TaskType: core.Refresh, Definitions: core.NewList("HD", "SD")},
	})
	fmt.Println("job", answer.JobID, "without", answer.NotFound, err)
	// Output:
	// asked for RefreshMediaPlayUrls of eb1861d2,ca3a8f6e
	// job 41d465e3 without [ca3a8f6e] <nil>
}
