package upload_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestNobodyIsAskedForWhoMayNot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{}
		c := s.issuer()
		for name, tc := range map[string]struct {
			id   string
			pass upload.Pass
			kind core.Kind
		}{
			"nothing":           {"v1", upload.Pass{}, core.Forbidden},
			"nothing, no video": {"", upload.Pass{}, core.Forbidden},
			"another video":     {"v1", upload.Pass{VideoID: "v2", Scope: upload.ScopeUpload}, core.Forbidden},
			"its beginning":     {"v1", upload.Pass{VideoID: "v", Scope: upload.ScopeUpload}, core.Forbidden},
			"other case":        {"v1", upload.Pass{VideoID: "V1", Scope: upload.ScopeUpload}, core.Forbidden},
			"no scope":          {"v1", upload.Pass{VideoID: "v1"}, core.Forbidden},
			"no scope, any":     {"v1", upload.Pass{Any: true}, core.Forbidden},
			"unknown scope":     {"v1", upload.Pass{Any: true, Scope: "Upload"}, core.Forbidden},
			"no video ID":       {"", anyVideo(upload.ScopeUpload), core.Invalid},
			"a blank":           {"v 1", anyVideo(upload.ScopeUpload), core.Invalid},
			"a comma":           {"v1,v2", anyVideo(upload.ScopeUpload), core.Invalid},
			"a path":            {"../v1", anyVideo(upload.ScopeUpload), core.Invalid},
			"an ampersand":      {"v1&Action=DeleteVideo", anyVideo(upload.ScopeUpload), core.Invalid},
			"not ASCII":         {"é", anyVideo(upload.ScopeUpload), core.Invalid},
			"too long":          {strings.Repeat("a", 65), anyVideo(upload.ScopeUpload), core.Invalid},
		} {
			e := refused(t, c, tc.id, tc.pass, tc.kind)
			if tc.kind == core.Invalid && (len(e.Fields) != 1 || e.Fields[0].Field != "videoId" || !strings.Contains(e.Error(), "letters, digits")) {
				t.Errorf("%s: %v does not name the field", name, e)
			}
		}
		if n := len(s.made("")); n != 0 {
			t.Errorf("%d calls were made", n)
		}
		if videos, _ := c.Remembered(); videos != 0 {
			t.Errorf("%d videos are remembered", videos)
		}
	})
}

func TestRequestsShareAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{latency: 50 * time.Millisecond}
		c := s.issuer(func(cfg *upload.IssuerConfig) { cfg.Budget = 600 })
		var all sync.WaitGroup
		for range 500 {
			all.Go(func() {
				if got := given(t, c, "v1", upload.ScopeUpload); got != "R-2" {
					t.Errorf("got %s", got)
				}
			})
		}
		all.Wait()
		if n := len(s.made("")); n != 2 {
			t.Errorf("%d calls, want the state and the credentials", n)
		}
		if got := given(t, c, "v1", upload.ScopeOverwrite); got != "R-3" {
			t.Errorf("another scope shares the answer: %s", got)
		}
		if got := given(t, c, "v2", upload.ScopeUpload); got != "R-5" {
			t.Errorf("another video shares the answer: %s", got)
		}
	})
}

func TestAnAnswerIsGivenAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		life, again, later time.Duration // of the keys; the last time that they are given again, the first that they are not
	}{
		"a long life":       {time.Hour, 59 * time.Second, time.Minute},
		"just long enough":  {11 * time.Minute, 59 * time.Second, time.Minute},
		"nearly over":       {10*time.Minute + 20*time.Second, 19 * time.Second, 20 * time.Second},
		"not enough left":   {10 * time.Minute, -1, 0},
		"over when it came": {-time.Minute, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &studio{}
				s.refresh = func(_ context.Context, id string) (upload.Credentials, error) {
					return keysOf(id, 1, time.Now().Add(tc.life)), nil
				}
				c := s.issuer()
				given(t, c, "v1", upload.ScopeUpload)
				if tc.again >= 0 {
					time.Sleep(tc.again)
					given(t, c, "v1", upload.ScopeUpload)
					if n := len(s.made("")); n != 2 {
						t.Errorf("%d calls after %s, want 2", n, tc.again)
					}
				}
				time.Sleep(tc.later - max(0, tc.again))
				given(t, c, "v1", upload.ScopeUpload)
				if n := len(s.made("")); n != 4 {
					t.Errorf("%d calls after %s, want 4", n, tc.later)
				}
			})
		})
	}
}

func TestAHangUpCancelsNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{latency: time.Second}
		c := s.issuer()
		first, hangUp := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := c.Refresh(first, "v1", anyVideo(upload.ScopeUpload))
			ended <- err
		}()
		synctest.Wait()
		time.AfterFunc(500*time.Millisecond, hangUp)
		if got := given(t, c, "v1", upload.ScopeUpload); got != "R-2" {
			t.Errorf("got %s", got)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("who hangs up gets %v", err)
		}
	})
}

// A platform that does not answer costs each caller four seconds, not ten.
func TestASlowPlatform(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &studio{}
		s.refresh = func(ctx context.Context, _ string) (upload.Credentials, error) {
			<-ctx.Done()
			return upload.Credentials{}, &core.Error{Kind: core.Unavailable, Op: "RefreshUploadVideo", Message: "no answer in time", Err: ctx.Err()}
		}
		c := s.issuer()
		began := time.Now()
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if _, err := c.Refresh(t.Context(), "v1", anyVideo(upload.ScopeUpload)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("got %v", err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took != 4*time.Second {
			t.Errorf("took %s", took)
		}
		s.refresh = nil
		given(t, c, "v1", upload.ScopeUpload) // a failure is not given again
	})
}

func TestTheStateDecides(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status string
		err    error
		kind   core.Kind // with scope upload; empty if it is served
	}{
		"uploading":     {"Uploading", nil, ""},
		"failed":        {"UploadFail", nil, ""},
		"uploaded":      {"UploadSucc", nil, core.Forbidden},
		"finished":      {"Normal", nil, core.Forbidden},
		"transcoding":   {"Transcoding", nil, core.Forbidden},
		"blocked":       {"Blocked", nil, core.Forbidden},
		"in lower case": {"uploading", nil, core.Forbidden},
		"no word":       {"", nil, core.Unavailable},
		"unknown":       {"", &core.Error{Kind: core.NotFound, Op: "GetVideoInfo", Code: "InvalidVideo.NotFound"}, core.NotFound},
		"keys refused":  {"", &core.Error{Kind: core.Forbidden, Op: "GetVideoInfo"}, core.Unavailable},
		"throttled":     {"", &core.Error{Kind: core.Throttled, Op: "GetVideoInfo"}, core.Unavailable},
		"malformed":     {"", &core.Error{Kind: core.Internal, Op: "GetVideoInfo"}, core.Unavailable},
		"foreign error": {"", errors.New("what"), core.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &studio{media: func(_ context.Context, id string) (core.MediaInfo, error) {
					return core.MediaInfo{ID: id, Status: tc.status}, tc.err
				}}
				c := s.issuer()
				for asked := 1; asked <= 2 && tc.kind != ""; asked++ { // no refusal is remembered
					e := refused(t, c, "v1", anyVideo(upload.ScopeUpload), tc.kind)
					if n := len(s.made("GetVideoInfo")); n != asked {
						t.Errorf("the state was asked for %d times, want %d", n, asked)
					}
					if (e.RetryAfter > 0) != (tc.kind == core.Unavailable) {
						t.Errorf("%v: come back after %s", e, e.RetryAfter)
					}
					if tc.kind == core.Forbidden && !strings.Contains(e.Error(), "scope overwrite") {
						t.Errorf("%v does not say what it needs", e)
					}
				}
				if tc.kind == "" {
					given(t, c, "v1", upload.ScopeUpload)
				} else if n := len(s.made("RefreshUploadVideo")); n != 0 {
					t.Errorf("credentials were asked for %d times", n)
				}
				before := len(s.made("GetVideoInfo"))
				given(t, c, "v1", upload.ScopeOverwrite)
				if n := len(s.made("GetVideoInfo")); n != before {
					t.Error("overwriting asked for the state")
				}
			})
		})
	}
}

func TestRefusalsOfThePlatformAreNotGivenAgain(t *testing.T) {
	t.Parallel()
	const second = time.Second
	for name, tc := range map[string]struct {
		err   core.Error
		retry time.Duration
	}{
		"not found":        {core.Error{Kind: core.NotFound, Code: "InvalidVideo.NotFound"}, 0},
		"damaged":          {core.Error{Kind: core.NotReady, Code: "InvalidVideo.Damaged"}, 0},
		"throttled":        {core.Error{Kind: core.Throttled, Code: "Throttling.User"}, second},
		"throttled, until": {core.Error{Kind: core.Throttled, RetryAfter: 7 * second}, 7 * second},
		"down":             {core.Error{Kind: core.Unavailable}, second},
		"keys refused":     {core.Error{Kind: core.Unauthenticated}, 0},
		"malformed":        {core.Error{Kind: core.Internal}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				refusal := tc.err
				refusal.Op = "RefreshUploadVideo"
				s := &studio{refresh: func(context.Context, string) (upload.Credentials, error) {
					return upload.Credentials{}, &refusal
				}}
				c := s.issuer()
				for range 2 {
					e := refused(t, c, "v1", anyVideo(upload.ScopeOverwrite), tc.err.Kind)
					if e.RetryAfter != tc.retry || e.Op != "RefreshUploadVideo" || e.Code != tc.err.Code {
						t.Errorf("got %+v, after %s", e, e.RetryAfter)
					}
				}
				if n := len(s.made("RefreshUploadVideo")); n != 2 {
					t.Errorf("asked %d times, want 2", n)
				}
				if refusal.RetryAfter != tc.err.RetryAfter {
					t.Error("the platform's error was changed")
				}
			})
		})
	}
}

func TestAnAnswerThatNobodyCanUseIsNotPassedOn(t *testing.T) {
	t.Parallel()
	const address = `{"Endpoint":"https://made-up","Bucket":"b","FileName":"f"}`
	for auth, address := range map[string]string{
		`{"AccessKeyId":"STS.made-up"}`: address,
		`{"ExpireUTCTime":"made-up"}`:   address,
		`{"AccessKeyId":"STS.made-up","SecurityToken":"made-up","ExpireUTCTime":"2036-03-20T12:50:00Z"}`:       address,
		`{"AccessKeyId":"a","AccessKeySecret":"b","SecurityToken":"c","ExpireUTCTime":"2036-03-20T12:50:00Z"}`: `{"Endpoint":"https://made-up"}`,
		`[]`: address, `{`: address, ``: address,
	} {
		t.Run(auth, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &studio{refresh: func(_ context.Context, id string) (upload.Credentials, error) {
					u := keysOf(id, 1, time.Now())
					u.UploadAuth, u.UploadAddress, u.Answer = encoded(auth), encoded(address), secret.New("made-up")
					return u, nil
				}}
				e := refused(t, s.issuer(), "v1", anyVideo(upload.ScopeUpload), core.Internal)
				if e.Op == "" || e.RequestID != "R-1" || strings.Contains(fmt.Sprintf("%+v", e), "made-up") {
					t.Errorf("got %+v", e)
				}
			})
		})
	}
}

// What is over is forgotten, though nobody asks any more; where nothing runs, when
// somebody does.
func TestWhatIsOverIsForgotten(t *testing.T) {
	t.Parallel()
	for _, runs := range []bool{true, false} {
		t.Run(fmt.Sprintf("runs=%v", runs), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := (&studio{}).issuer()
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				if runs {
					go c.Run(ctx)
				}
				for i := range 100 {
					given(t, c, fmt.Sprintf("v%d", i), upload.ScopeOverwrite)
				}
				if videos, answers := c.Remembered(); videos != 100 || answers != 100 {
					t.Errorf("%d videos with %d answers are remembered", videos, answers)
				}
				time.Sleep(76 * time.Second)
				want := 0
				if !runs {
					given(t, c, "another", upload.ScopeOverwrite)
					want = 1
				}
				if videos, answers := c.Remembered(); videos != want || answers != want {
					t.Errorf("%d videos with %d answers are remembered at the end, want %d", videos, answers, want)
				}
			})
		})
	}
}
