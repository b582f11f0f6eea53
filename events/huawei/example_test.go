package huawei_test

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func ExampleDecode() {
	event, err := huawei.Decode([]byte(`{
		"event_type": "TranscodeComplete",
		"transcode_info": {
			"asset_id": "14d7b2faba0dddd6b4e8936272d6bc3f",
			"status": "SUCCEED",
			"output": [{"play_type": "HLS", "quality": "HD", "url": "https://vod.example.com/index.m3u8"}]
		}
	}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(event.Type, event.Kind, event.MediaID, event.Status)
	fmt.Println(event.Streams[0].Definition, event.Streams[0].Format)
	// Output:
	// transcodeComplete transcoded 14d7b2faba0dddd6b4e8936272d6bc3f success
	// HD m3u8
}

// Template text cannot be read; the error says what to change.
func ExampleDecode_templateText() {
	_, err := huawei.Decode([]byte("Your asset has been transcoded."))
	fmt.Println(err)
	// Output:
	// callback message: template text and no JSON object, it begins with "Your ass"; choose JSON as the message type in the VOD console, Global Settings > Notification Settings
}

func ExampleMFSVerifier_Open() {
	keys := []secret.Value{secret.New("theNewKey"), secret.New("theOldKey")}
	v, err := huawei.NewMFSVerifier(keys, time.Hour)
	if err != nil {
		fmt.Println(err)
		return
	}
	event := `{"event_type":"createComplete","create_info":{"asset_id":"a"}}`
	sent := time.Unix(1_700_000_000, 0)
	h := huawei.SignMFS(keys[1], sent, event)

	m, err := v.Open(h, []byte(`{"message":`+event+`}`), sent.Add(5*time.Minute))
	fmt.Println(m.Channel, m.Sort, m.Time.Format(time.RFC3339), string(m.Body), err)
	_, err = v.Open(h, []byte(event), sent.Add(2*time.Hour))
	fmt.Println(err)
	// Output:
	// mfs Notification 2023-11-14T22:13:20Z {"event_type":"createComplete","create_info":{"asset_id":"a"}} <nil>
	// callback refused, stale: auth_timestamp is 2h0m0s old, at most 1h0m0s are allowed
}

// A message of a topic that is not ours is refused before anybody is asked.
func ExampleSMNVerifier_Open() {
	v, err := huawei.NewSMNVerifier(huawei.SMNConfig{
		Topics:       []string{"urn:smn:cn-north-4:0123456789abcdef0123456789abcdef:vod-events"},
		Certificates: huawei.NewFetcher(http.NewFileTransport(http.Dir(".")), time.Now),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	body := []byte(`{"type":"Notification","topic_urn":"urn:smn:cn-north-4:fedcba9876543210fedcba9876543210:mine"}`)
	_, err = v.Open(context.Background(), nil, body, time.Unix(1_700_000_000, 0))
	fmt.Println(err)
	// Output:
	// callback refused, topic: topic_urn is "urn:smn:cn-north-4:fedcba9876543210fedcba9876543210:mine", which is not on the list of topics
}

func ExampleChannelOf() {
	h := huawei.SignMFS(secret.New("key"), time.Unix(1_700_000_000, 0), "{}")
	fmt.Printf("%q\n", huawei.ChannelOf(h))
	h.Set(huawei.HeaderMessageType, "Notification")
	fmt.Printf("%q\n", huawei.ChannelOf(h))
	fmt.Println(huawei.RefuseChannel(h))
	// Output:
	// "mfs"
	// ""
	// callback refused, malformed: it has headers of MFS (auth_sign, auth_timestamp) and of SMN (X-SMN-...), one kind is allowed
}
