package callback_test

import (
	"bytes"
	"crypto/md5" //nolint:gosec // the documented protocol
	"encoding/hex"
	"encoding/json"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const (
	benchURL = "https://vod.example.com/callbacks/aliyun"
	benchKey = "Key0123456789"
)

// BenchmarkCallback sets the whole way from a signed TranscodeComplete with
// three streams to the planned call beside its bare floor: the MD5 that the
// protocol demands, and encoding/json into the few fields that matter.
// scripts/ratio compares the two.
func BenchmarkCallback(b *testing.B) {
	body, err := os.ReadFile("../../testdata/aliyun/TranscodeComplete_success.json")
	if err != nil {
		b.Fatal(err)
	}
	now := time.Unix(1_780_000_000, 0)
	header := aliyun.Sign(benchURL, secret.New(benchKey), now)
	b.Run("floor", func(b *testing.B) { benchFloor(b, header, body) })
	b.Run("ours", func(b *testing.B) { benchOurs(b, header, body, now) })
}

func benchFloor(b *testing.B, header http.Header, body []byte) {
	b.Helper()
	timestamp, signature := header.Get(aliyun.HeaderTimestamp), header.Get(aliyun.HeaderSignature)
	b.ReportAllocs()
	for b.Loop() {
		var event struct {
			EventType, EventTime, VideoId, Status string //nolint:revive // the names on the wire
			StreamInfos                           []struct{ Status, Definition, Format string }
		}
		sum := md5.Sum([]byte(benchURL + "|" + timestamp + "|" + benchKey)) //nolint:gosec // the protocol's
		given, err := hex.DecodeString(signature)
		if err != nil || !bytes.Equal(given, sum[:]) {
			b.Fatal("the signature does not match")
		}
		if err := json.Unmarshal(body, &event); err != nil || len(event.StreamInfos) != 3 {
			b.Fatal(err, event)
		}
	}
}

func benchOurs(b *testing.B, header http.Header, body []byte, now time.Time) {
	b.Helper()
	verifier, err := aliyun.NewVerifier([]string{benchURL}, []secret.Value{secret.New(benchKey)})
	if err != nil {
		b.Fatal(err)
	}
	rules := core.DefaultRules()
	limit := func(core.TaskType, core.Target) int { return 20 }
	b.ReportAllocs()
	for b.Loop() {
		if _, err := verifier.Verify(header, now); err != nil {
			b.Fatal(err)
		}
		event, err := aliyun.Decode(body)
		if err != nil || len(event.Streams) != 3 {
			b.Fatal(err, event)
		}
		task, _, reason := rules.Decide(event)
		if reason != core.Wanted {
			b.Fatal(reason)
		}
		if batches := core.Plan([]core.Task{task}, limit); len(batches) != 1 {
			b.Fatal(batches)
		}
	}
}
