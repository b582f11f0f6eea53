package vodsim_test

import (
	"fmt"
	"log"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// A stock SDK talks to the simulator as it would to the platform.
func Example() {
	server := vodsim.New(vodsim.Config{AccessKeyID: "key", AccessKeySecret: secret.New("secret")})
	server.AddMedia(vodsim.Media{ID: "43q91jdh7df0"})
	url, err := server.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = server.Close() }()

	client, err := vod.NewClientWithAccessKey("cn-shanghai", "key", "secret")
	if err != nil {
		log.Print(err)
		return
	}
	client.Domain = url[len("http://"):]
	request := vod.CreateRefreshMediaPlayUrlsRequest()
	request.MediaIds = "43q91jdh7df0,deleted"
	request.TaskType = "Refresh"
	answer, err := client.RefreshMediaPlayUrls(request)
	if err != nil {
		log.Print(err)
		return
	}
	fmt.Println("job:", answer.MediaRefreshJobId != "")
	fmt.Println("unknown:", answer.NonExistMediaIds)
	for _, call := range server.Calls() {
		fmt.Println(call.Action, call.MediaIDs, call.HTTPStatus)
	}
	// Output:
	// job: true
	// unknown: deleted
	// RefreshMediaPlayUrls [43q91jdh7df0 deleted] 200
}
