package upload_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// studio is a platform with uploads under way: each video is Uploading, and has
// keys that live for an hour, unless its functions say otherwise.
type studio struct {
	media   func(ctx context.Context, id string) (core.MediaInfo, error)
	refresh func(ctx context.Context, id string) (upload.Credentials, error)
	latency time.Duration

	mu    sync.Mutex
	calls []call
}

type call struct {
	op string
	at time.Time
}

func (s *studio) note(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, call{op, time.Now()})
	return len(s.calls)
}

// made are the times of the calls so far; of one operation, if op names it.
func (s *studio) made(op string) (times []time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.calls {
		if op == "" || op == c.op {
			times = append(times, c.at)
		}
	}
	return times
}

func (s *studio) Media(ctx context.Context, id string) (core.MediaInfo, error) {
	s.note("GetVideoInfo")
	time.Sleep(s.latency)
	if s.media != nil {
		return s.media(ctx, id)
	}
	return core.MediaInfo{ID: id, Status: "Uploading"}, nil
}

func (s *studio) RefreshUpload(ctx context.Context, id string) (upload.Credentials, error) {
	n := s.note("RefreshUploadVideo")
	time.Sleep(s.latency)
	if s.refresh != nil {
		return s.refresh(ctx, id)
	}
	return keysOf(id, n, time.Now().Add(time.Hour)), nil
}

// keysOf are credentials that end at a time.
func keysOf(id string, n int, end time.Time) upload.Credentials {
	return upload.Credentials{
		RequestID: fmt.Sprintf("R-%d", n), VideoID: id,
		UploadAuth: encoded(fmt.Sprintf(`{"AccessKeyId":"STS.%d","AccessKeySecret":"s","SecurityToken":"t","ExpireUTCTime":%q,"Expiration":"3600"}`,
			n, end.UTC().Format(time.RFC3339))),
		UploadAddress: encoded(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"sv/a.mp4"}`),
	}
}

func encoded(text string) secret.Value {
	return secret.New(base64.StdEncoding.EncodeToString([]byte(text)))
}

// issuer is one of a studio, with an account of 80 calls a second.
func (s *studio) issuer(change ...func(*upload.IssuerConfig)) *upload.Issuer {
	cfg := upload.IssuerConfig{Platform: s, Account: "aliyun/cn-shanghai", Store: memory.NewStore(nil), Rate: 80}
	for _, f := range change {
		f(&cfg)
	}
	return upload.NewIssuer(cfg)
}

// anyVideo is what a server with an API token may ask.
func anyVideo(scope upload.Scope) upload.Pass {
	return upload.Pass{Any: true, Scope: scope}
}

// given asks for credentials that are to be had, and returns the request that the
// platform answered.
func given(t *testing.T, c *upload.Issuer, id string, scope upload.Scope) string {
	t.Helper()
	u, err := c.Refresh(t.Context(), id, anyVideo(scope))
	if err != nil {
		t.Fatalf("%s: %v", id, err)
	}
	return u.RequestID
}

// refused asks for credentials that are not to be had.
func refused(t *testing.T, c *upload.Issuer, id string, pass upload.Pass, kind core.Kind) *core.Error {
	t.Helper()
	u, err := c.Refresh(t.Context(), id, pass)
	e := new(core.Error)
	if got := core.KindOf(err); got != kind {
		t.Errorf("%s: got %q, %v, want %q", id, got, err, kind)
	} else if known, ok := err.(*core.Error); ok { //nolint:errorlint // the error itself
		e = known
	}
	if u != (upload.Credentials{}) {
		t.Errorf("%s: an error comes with credentials", id)
	}
	return e
}

// most is the most calls within any second.
func most(times []time.Time) (n int) {
	slices.SortFunc(times, time.Time.Compare)
	for i, first := range times {
		end, _ := slices.BinarySearchFunc(times, first.Add(time.Second), time.Time.Compare)
		n = max(n, end-i)
	}
	return n
}
