package aliyun_test

import (
	"bytes"
	"crypto/md5" //nolint:gosec // MD5 is the documented protocol, not a choice
	"encoding/json"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// request is what the benchmarks work on: one TranscodeComplete with three
// streams, compact as it comes over the wire, and signed.
type request struct {
	url, key string
	body     []byte
	header   http.Header
	now      time.Time
}

func newRequest(tb testing.TB) request {
	tb.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, fixture(tb, "TranscodeComplete_success")); err != nil {
		tb.Fatal(err)
	}
	r := request{
		url:  "https://www.example.com/your/callback",
		key:  "test123",
		body: compact.Bytes(),
		now:  time.Unix(1519375990, 0),
	}
	r.header = aliyun.Sign(r.url, secret.New(r.key), r.now)
	return r
}

// floor is the least that any receiver has to do: the MD5 of the string, and
// encoding/json into a minimal struct.
func (r request) floor() error {
	timestamp := r.header["X-Vod-Timestamp"][0]
	sum := md5.Sum([]byte(r.url + "|" + timestamp + "|" + r.key)) //nolint:gosec // the protocol demands it
	if sum == [md5.Size]byte{} {
		return errors.New("all zero")
	}
	var event struct {
		EventType, EventTime, Status string
		VideoID                      string `json:"VideoId"`
		StreamInfos                  []struct{ Status, Definition, Format string }
	}
	return json.Unmarshal(r.body, &event)
}

// ours is the same request verified and decoded.
func (r request) ours(v *aliyun.Verifier) error {
	if _, err := v.Verify(r.header, r.now); err != nil {
		return err
	}
	_, err := aliyun.Decode(r.body)
	return err
}

func (r request) verifier(tb testing.TB) *aliyun.Verifier {
	tb.Helper()
	return newVerifier(tb, []string{r.url}, r.key)
}

func BenchmarkFloor(b *testing.B) {
	r := newRequest(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.floor(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyDecode(b *testing.B) {
	r := newRequest(b)
	v := r.verifier(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := r.ours(v); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	r := newRequest(b)
	v := r.verifier(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r.header, r.now); err != nil {
			b.Fatal(err)
		}
	}
}
