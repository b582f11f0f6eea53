package aliyun_test

import (
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func ExampleDecode() {
	event, err := aliyun.Decode([]byte(`{
		"EventType": "TranscodeComplete",
		"EventTime": "2026-03-20T07:49:17Z",
		"VideoId": "cb6ae50a7b45103503a349b5449b1a2c",
		"Status": "success",
		"StreamInfos": [{"Status": "success", "Definition": "HD-MP4", "Format": "mp4"}]
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Kind, event.MediaID, event.Status)
	fmt.Println(event.Streams[0].Definition, event.Streams[0].Format)
	// Output:
	// transcoded cb6ae50a7b45103503a349b5449b1a2c success
	// HD mp4
}

func ExampleVerifier_Verify() {
	urls := []string{"https://www.example.com/your/callback"}
	keys := []secret.Value{secret.New("theNewKey1"), secret.New("theOldKey1")}
	v, err := aliyun.NewVerifier(urls, keys)
	if err != nil {
		fmt.Println(err)
		return
	}
	sent := time.Unix(1519375990, 0)
	h := aliyun.Sign(urls[0], keys[1], sent)

	_, err = v.Verify(h, sent.Add(2*time.Second))
	fmt.Println(err)
	_, err = v.Verify(h, sent.Add(time.Hour))
	fmt.Println(err)
	// Output:
	// <nil>
	// callback signature stale: X-VOD-TIMESTAMP is 3600 s old, at most 300 s are allowed
}

func ExampleSign() {
	h := aliyun.Sign("https://www.example.com/your/callback", secret.New("test123"), time.Unix(1519375990, 0))
	fmt.Println(h.Get(aliyun.HeaderTimestamp), h.Get(aliyun.HeaderSignature))
	// Output:
	// 1519375990 c72b60894140fa98920f1279219b7ed4
}

func ExampleKind() {
	fmt.Println(aliyun.Kind("SubmitMediaRefreshComplete"))
	fmt.Println(aliyun.Kind("SomethingNew"))
	// Output:
	// refresh_submitted
	// unknown
}
