package huawei_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func ExampleClient_Submit() {
	platform := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Printf("%s %s %s", r.Method, r.URL.Path, body)
		w.WriteHeader(http.StatusAccepted)
		_, _ = fmt.Fprint(w, `{"task_id":"5199337c31c8e4622f1590735b13a263"}`)
	}))
	defer platform.Close()

	client, err := huawei.New(huawei.Config{
		Endpoint:  platform.URL, // leave it out for the region's own
		ProjectID: "made-up",
		Credentials: func(context.Context) (huawei.Credentials, error) {
			return huawei.Credentials{AccessKey: "made-up", SecretKey: secret.New("made-up")}, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := client.Submit(context.Background(), core.Batch{
		Target:  core.Media,
		IDs:     []string{"f488337c", "f360035c"},
		Options: core.Options{TaskType: core.Refresh},
	})
	fmt.Println("job", answer.JobID, err)
	// Output:
	// POST /v1/made-up/asset/refresh {"asset_id_list":["f488337c","f360035c"]}
	// job 5199337c31c8e4622f1590735b13a263 <nil>
}
