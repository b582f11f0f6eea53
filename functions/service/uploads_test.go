package service_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestCredentialsAreThePlatformsOwn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{}
		h := studio(t, u)
		w := h.refresh(media, "", mediaTicket(t))
		var got, want map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusOK {
			t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
		}
		if err := json.Unmarshal([]byte(u.given(media, 2)), &want); err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) {
			t.Errorf("got %v", got)
		}
		for name, value := range want {
			if got[name] != value {
				t.Errorf("%s: got %v, want %v", name, got[name], value)
			}
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Access-Control-Allow-Origin") != webPage {
			t.Errorf("got %v", w.Header())
		}
		if again := h.refresh(media, "", mediaTicket(t)); again.Body.String() != w.Body.String() {
			t.Errorf("the second time: %s, want %s", again.Body, w.Body)
		}
		decoded := h.refresh(media, "?view=decoded", mediaTicket(t))
		var grant map[string]string
		if err := json.Unmarshal(decoded.Body.Bytes(), &grant); err != nil || grant["accessKeySecret"] != stsSecret || grant["object"] != "sv/"+media+".mp4" {
			t.Errorf("decoded: got %s, %v", decoded.Body, err)
		}
		if calls := u.made(""); len(calls) != 2 {
			t.Errorf("%d calls, want 2", len(calls))
		}
	})
}

// Five hundred at once for one video: two calls, and each is answered 200, or 429
// with Retry-After.
func TestALoopingClientIsStopped(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"embedded:", "none:"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &uploads{latency: 80 * time.Millisecond}
				h := studio(t, u, "STORE_URL="+store)
				ticket := mediaTicket(t)
				var all sync.WaitGroup
				var given, told atomic.Int64
				began := time.Now()
				for i := range 500 {
					all.Go(func() {
						time.Sleep(time.Duration(i) * 3 * time.Millisecond)
						w := h.refresh(media, "", ticket)
						retry, err := strconv.Atoi(w.Header().Get("Retry-After"))
						switch {
						case w.Code == http.StatusOK:
							given.Add(1)
						case w.Code == http.StatusTooManyRequests && err == nil && retry > 0 && retry <= 60:
							told.Add(1)
						default:
							t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
						}
					})
				}
				all.Wait()
				if took := time.Since(began); took > 2*time.Second || given.Load() != 10 || told.Load() != 490 {
					t.Errorf("%d given and %d told within %s, want 10 and 490", given.Load(), told.Load(), took)
				}
				if calls := u.made(""); len(calls) != 2 {
					t.Errorf("%d calls, want 2", len(calls))
				}
			})
		})
	}
}

// Three hundred videos at once: all are served, and no second has more than 80
// calls, whatever they are.
func TestACrowdOfVideos(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		query string
		rate  int
		lines []string
	}{
		"to upload":     {"", 80, nil},
		"to overwrite":  {"?overwrite=true", 80, nil},
		"without store": {"", 80, []string{"STORE_URL=none:"}},
		"a small one":   {"?overwrite=true", 40, []string{"ALIYUN_VOD_REGION=eu-central-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &uploads{latency: 30 * time.Millisecond}
				h := studio(t, u, tc.lines...)
				var all sync.WaitGroup
				for i := range 300 {
					all.Go(func() {
						if w := h.refresh(fmt.Sprintf("video-%d", i), tc.query, apiToken); w.Code != http.StatusOK {
							t.Errorf("got %d %s", w.Code, w.Body)
						}
					})
				}
				all.Wait()
				if n := busiest(u.made("")); n > tc.rate || n < tc.rate/2 {
					t.Errorf("%d calls within a second, want %d at most", n, tc.rate)
				}
			})
		})
	}
}

// Who may not have credentials costs no call.
func TestAbuseOfCredentials(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{}
		h := studio(t, u)
		claims := func(change map[string]any) map[string]any {
			all := map[string]any{"sub": media, "exp": time.Now().Add(time.Hour).Unix(), "scope": "upload"}
			for name, value := range change {
				all[name] = value
				if value == nil {
					delete(all, name)
				}
			}
			return all
		}
		good := mediaTicket(t)
		for name, tc := range map[string]struct {
			video, query, token string
			want                int
		}{
			"nothing":                 {media, "", "", 401},
			"an unknown API token":    {media, "", apiToken + "x", 401},
			"half an API token":       {media, "", apiToken[:16], 401},
			"the key itself":          {media, "", ticketKey, 401},
			"another video":           {"another", "", good, 403},
			"expired":                 {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"exp": time.Now().Unix() - 1})), 401},
			"without an end":          {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"exp": nil})), 401},
			"25 hours":                {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"exp": time.Now().Add(25 * time.Hour).Unix()})), 401},
			"alg none":                {media, "", mint(t, ticketKey, "none", claims(nil)), 401},
			"alg HS384":               {media, "", mint(t, ticketKey, "HS384", claims(nil)), 401},
			"another key":             {media, "", mint(t, ticketKey+"x", "HS256", claims(nil)), 401},
			"no scope":                {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"scope": nil})), 403},
			"another scope":           {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"scope": "admin"})), 403},
			"no video":                {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"sub": nil})), 401},
			"every video":             {media, "", mint(t, ticketKey, "HS256", claims(map[string]any{"sub": "*"})), 403},
			"no signature":            {media, "", good[:len(good)-43], 401},
			"asking for more":         {media, "?overwrite=true", good, 403},
			"a wrong ID":              {"a%2Cb", "", apiToken, 400},
			"a parameter in the ID":   {"a%26Action=DeleteVideo", "", apiToken, 400},
			"an ID with a line break": {"a%0Ab", "", apiToken, 400},
		} {
			for range 20 { // nor does it touch the video's budget
				if w := h.refresh(tc.video, tc.query, tc.token); w.Code != tc.want || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, tc.want)
				}
			}
		}
		if calls := u.made(""); len(calls) != 0 {
			t.Errorf("%d calls, want none", len(calls))
		}
		rotated := mint(t, oldTicket, "HS256", claims(nil))
		for name, token := range map[string]string{"a ticket": good, "one of the old key": rotated, "an API token": apiToken} {
			if w := h.refresh(media, "", token); w.Code != http.StatusOK {
				t.Errorf("%s: got %d %s", name, w.Code, w.Body)
			}
		}
	})
}

func TestAFinishedVideoIsNotOverwritten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{status: "Normal"}
		h := studio(t, u)
		overwrite := mint(t, ticketKey, "HS256", map[string]any{"sub": media, "exp": time.Now().Add(time.Hour).Unix(), "scope": "overwrite"})
		for name, tc := range map[string]struct {
			query, token string
			want         int
		}{
			"a ticket":                   {"", mediaTicket(t), 403},
			"an API token":               {"", apiToken, 403},
			"a ticket to overwrite":      {"", overwrite, 200},
			"an API token, to overwrite": {"?overwrite=true", apiToken, 200},
		} {
			if w := h.refresh(media, tc.query, tc.token); w.Code != tc.want {
				t.Errorf("%s: got %d %s, want %d", name, w.Code, w.Body, tc.want)
			}
		}
		if calls := u.made("RefreshUploadVideo"); len(calls) != 1 {
			t.Errorf("%d calls for credentials, want 1", len(calls))
		}
	})
}

func TestRefusalsOfCredentials(t *testing.T) {
	t.Parallel()
	refused := func(action string, status int, body string) func(http.ResponseWriter, string, string) {
		return func(w http.ResponseWriter, called, video string) {
			if called == action {
				w.WriteHeader(status)
				fmt.Fprint(w, body)
				return
			}
			fmt.Fprintf(w, `{"RequestId":"S","Video":{"VideoId":%q,"Status":"Uploading"}}`, video)
		}
	}
	code := func(code string) string { return `{"Code":"` + code + `","Message":"no","RequestId":"R"}` }
	for name, tc := range map[string]struct {
		answer func(http.ResponseWriter, string, string)
		want   int
		retry  bool
	}{
		"not found":               {refused("RefreshUploadVideo", 404, code("InvalidVideo.NotFound")), 404, false},
		"not found, the state":    {refused("GetVideoInfo", 404, code("InvalidVideo.NotFound")), 404, false},
		"damaged":                 {refused("RefreshUploadVideo", 400, code("InvalidVideo.Damaged")), 409, false},
		"throttled":               {refused("RefreshUploadVideo", 503, code("Throttling")), 503, true},
		"throttled user":          {refused("RefreshUploadVideo", 400, code("Throttling.User")), 503, true},
		"throttled, the state":    {refused("GetVideoInfo", 400, code("Throttling.User")), 503, true},
		"down, the state":         {refused("GetVideoInfo", 500, code("InternalError")), 503, true},
		"not allowed, the state":  {refused("GetVideoInfo", 403, code("Forbidden.RAM")), 503, true},
		"no status":               {refused("GetVideoInfo", 200, `{"RequestId":"S","Video":{"VideoId":"`+media+`"}}`), 503, true},
		"HTML for a state":        {refused("GetVideoInfo", 200, `<html>`), 503, true},
		"not allowed":             {refused("RefreshUploadVideo", 403, code("Forbidden.RAM")), 502, false},
		"keys refused":            {refused("RefreshUploadVideo", 404, code("InvalidAccessKeyId.NotFound")), 502, false},
		"HTML":                    {refused("RefreshUploadVideo", 200, `<html>`), 502, false},
		"nothing":                 {refused("RefreshUploadVideo", 200, `{}`), 502, false},
		"another video's":         {refused("RefreshUploadVideo", 200, (&uploads{}).given("another", 1)), 502, false},
		"not base64":              {refused("RefreshUploadVideo", 200, `{"VideoId":"`+media+`","UploadAddress":"eyJhIjoxfQ==","UploadAuth":"{}"}`), 502, false},
		"no JSON":                 {refused("RefreshUploadVideo", 200, `{"VideoId":"`+media+`","UploadAddress":"eyJhIjoxfQ==","UploadAuth":"bm9uZQ=="}`), 502, false},
		"an auth without an end":  {refused("RefreshUploadVideo", 200, `{"VideoId":"`+media+`","UploadAddress":"eyJhIjoxfQ==","UploadAuth":"eyJhIjoxfQ=="}`), 502, false},
		"a connection that ended": {func(http.ResponseWriter, string, string) { panic(http.ErrAbortHandler) }, 503, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				u := &uploads{answer: tc.answer}
				h := studio(t, u)
				for range 2 {
					w := h.refresh(media, "", mediaTicket(t))
					if w.Code != tc.want || (w.Header().Get("Retry-After") != "") != tc.retry {
						t.Errorf("got %d %v %s, want %d", w.Code, w.Header(), w.Body, tc.want)
					}
					if w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Access-Control-Allow-Origin") != webPage {
						t.Errorf("got %v", w.Header())
					}
				}
				u.answer = nil // what went wrong is not remembered
				if w := h.refresh(media, "", mediaTicket(t)); w.Code != http.StatusOK {
					t.Errorf("afterwards: got %d %s", w.Code, w.Body)
				}
			})
		})
	}
}

// A platform that takes ten seconds costs a caller four, and every other as much.
func TestASlowPlatformIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{latency: 10 * time.Second}
		h := studio(t, u)
		began := time.Now()
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if w := h.refresh(media, "", mediaTicket(t)); w.Code != http.StatusGatewayTimeout || w.Header().Get("Retry-After") == "" {
					t.Errorf("got %d %s", w.Code, w.Body)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("took %s", took)
		}
		if calls := u.made(""); len(calls) != 1 {
			t.Errorf("%d calls, want 1", len(calls))
		}
	})
}

func TestAHangUpDoesNotCancelTheOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		u := &uploads{latency: time.Second}
		h := studio(t, u)
		ctx, hangUp := context.WithCancel(t.Context())
		r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/uploads/"+media+"/credentials", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+mediaTicket(t))
		first := make(chan struct{})
		go func() {
			defer close(first)
			h.Handler.ServeHTTP(httptest.NewRecorder(), r)
		}()
		synctest.Wait()
		others := make(chan int)
		for range 3 {
			go func() { others <- h.refresh(media, "", mediaTicket(t)).Code }()
		}
		time.Sleep(500 * time.Millisecond)
		hangUp()
		<-first
		for range 3 {
			if code := <-others; code != http.StatusOK {
				t.Errorf("got %d", code)
			}
		}
		if calls := u.made(""); len(calls) != 2 {
			t.Errorf("%d calls, want 2", len(calls))
		}
	})
}

func TestPreflightsOfPages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := studio(t, &uploads{})
		for origin, want := range map[string]string{webPage: webPage, "https://evil.example.com": ""} {
			r := httptest.NewRequest(http.MethodOptions, "/v1/uploads/"+media+"/credentials", http.NoBody)
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "POST")
			r.Header.Set("Access-Control-Request-Headers", "authorization")
			w := httptest.NewRecorder()
			h.Handler.ServeHTTP(w, r)
			if w.Header().Get("Access-Control-Allow-Origin") != want || (w.Code == http.StatusNoContent) != (want != "") || w.Header().Get("Vary") == "" {
				t.Errorf("%s: got %d %v", origin, w.Code, w.Header())
			}
		}
	})
}
