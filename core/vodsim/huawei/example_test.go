package huawei_test

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Nobody gets in without a signature.
func Example() {
	server := huawei.New(huawei.Config{AccessKey: "key", SecretKey: secret.New("secret"), ProjectID: "project"})
	server.AddAsset("f488337c31c8e4622f1590735b134c65")
	url, err := server.Start()
	if err != nil {
		log.Fatal(err)
	}
	defer func() { _ = server.Close() }()

	answer, err := http.Get(url + "/v1/project/asset/refresh?task_id=5199337c31c8e4622f1590735b13a263")
	if err != nil {
		log.Print(err)
		return
	}
	_ = answer.Body.Close()
	for _, call := range server.Calls() {
		fmt.Println(call.Action, call.HTTPStatus, call.Code)
	}
	// Output: ShowRefreshResult 401 APIGW.0301
}

// A message of MFS reaches a receiver of callbacks.
func ExampleServer_Send() {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.URL.Path, "signed:", r.Header.Get("auth_sign") != "")
	}))
	defer receiver.Close()

	server := huawei.New(huawei.Config{CallbackTo: receiver.URL + "/callbacks/huawei", MFSKey: secret.New("mfs-key")})
	defer func() { _ = server.Close() }()
	message, err := server.MFSMessage(`{"event_type":"createComplete"}`, huawei.EnvelopeText)
	if err != nil {
		log.Print(err)
		return
	}
	status, err := server.Send(context.Background(), message)
	fmt.Println(status, err)
	// Output:
	// POST /callbacks/huawei signed: true
	// 200 <nil>
}
