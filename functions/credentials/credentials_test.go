package credentials_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/bearer"
	"github.com/vodrefresh/vodrefresh/functions/credentials"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

const (
	video    = "43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e"
	apiToken = "fake-api-token-0123456789"
	page     = "https://www.example.com"
)

// studio is a platform whose videos are in a state, and which answers with an
// error if it has one.
type studio struct {
	status string
	err    error
	auth   string // instead of one that can be read
	calls  atomic.Int64
}

func (s *studio) Media(_ context.Context, id string) (core.MediaInfo, error) {
	s.calls.Add(1)
	return core.MediaInfo{ID: id, Status: s.status}, nil
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func (s *studio) RefreshUpload(_ context.Context, id string) (upload.Credentials, error) {
	s.calls.Add(1)
	if s.err != nil {
		return upload.Credentials{}, s.err
	}
	auth := s.auth
	if auth == "" {
		auth = encode(`{"AccessKeyId":"STS.x","AccessKeySecret":"<y>&","SecurityToken":"z","ExpireUTCTime":"2036-03-20T12:50:00Z","Region":"cn-shanghai"}`)
	}
	address := encode(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"sv/a.mp4"}`)
	return upload.Credentials{
		RequestID: "R", VideoID: id, UploadAddress: secret.New(address), UploadAuth: secret.New(auth),
		Answer: secret.New(answered(id, address, auth)),
	}, nil
}

// answered is the platform's own answer, with a member that nobody knows.
func answered(id, address, auth string) string {
	return fmt.Sprintf("{\"RequestId\": \"R\",\n\"VideoId\":%q,\"UploadAddress\":%q,\"UploadAuth\":%q,\"New\":[1.50]}", id, address, auth)
}

// bundle is the handler at its route.
type bundle struct {
	http.Handler
	studio  *studio
	tickets *upload.Tickets
	log     *strings.Builder
}

func setup(t *testing.T, s *studio, change ...func(*credentials.Config)) *bundle {
	t.Helper()
	tickets, err := upload.NewTickets([]secret.Value{secret.New("0123456789abcdef0123456789abcdef")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := &bundle{studio: s, tickets: tickets, log: &strings.Builder{}}
	cfg := credentials.Config{
		Issuer:  upload.NewIssuer(upload.IssuerConfig{Platform: s, Store: memory.NewStore(nil), Rate: 1000}),
		Tickets: tickets, Tokens: bearer.Hash([]secret.Value{secret.New(apiToken)}), Origins: []string{"http://localhost:5173", page},
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	mux := http.NewServeMux()
	mux.Handle(credentials.Path, credentials.Handler(cfg))
	b.Handler = mux
	return b
}

// ticket is one for the video.
func (b *bundle) ticket(t *testing.T, scope upload.Scope) string {
	t.Helper()
	ticket, err := b.tickets.Mint(video, scope, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return ticket.Reveal()
}

// ask posts to a video's path, with a token if there is one.
func (b *bundle) ask(path, token string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/v1/uploads/"+path, http.NoBody)
	r.Header.Set("Origin", page)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w
}

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	path := video + "/credentials"
	tickets := setup(t, &studio{})
	uploading, overwrite := tickets.ticket(t, upload.ScopeUpload), tickets.ticket(t, upload.ScopeOverwrite)
	for name, tc := range map[string]struct {
		status, path, token string
		want                int
		calls               int64
		part                string // of the answer
	}{
		"a ticket":                     {"Uploading", path, uploading, 200, 2, `"UploadAuth"`},
		"a ticket, failed":             {"UploadFail", path, uploading, 200, 2, ""},
		"a ticket to overwrite":        {"Normal", path, overwrite, 200, 1, ""},
		"the same, saying so":          {"Normal", path + "?overwrite=true", overwrite, 200, 1, ""},
		"an API token":                 {"Uploading", path, apiToken, 200, 2, ""},
		"an API token, to overwrite":   {"Normal", path + "?overwrite=true", apiToken, 200, 1, ""},
		"a finished video":             {"Normal", path, uploading, 403, 1, "scope overwrite"},
		"a finished video, API token":  {"Normal", path, apiToken, 403, 1, "scope overwrite"},
		"saying false":                 {"Normal", path + "?overwrite=false", apiToken, 403, 1, "scope overwrite"},
		"an unreadable state":          {"", path, uploading, 503, 1, ""},
		"nothing":                      {"Uploading", path, "", 401, 0, "required"},
		"an unknown token":             {"Uploading", path, apiToken + "x", 401, 0, "ticket"},
		"a broken ticket":              {"Uploading", path, uploading + "x", 401, 0, "ticket"},
		"another video":                {"Uploading", "v2/credentials", uploading, 403, 0, "another video"},
		"another video, to overwrite":  {"Uploading", "v2/credentials", overwrite, 403, 0, "another video"},
		"a ticket, asking for more":    {"Normal", path + "?overwrite=true", uploading, 403, 0, "scope overwrite"},
		"overwrite what":               {"Normal", path + "?overwrite=1", apiToken, 400, 0, `"overwrite"`},
		"overwrite what, ticket":       {"Normal", path + "?overwrite=yes", overwrite, 400, 0, `"overwrite"`},
		"a view that there is not":     {"Normal", path + "?view=raw", overwrite, 400, 0, `"view"`},
		"no such view, nobody":         {"Normal", path + "?view=raw", "", 401, 0, "required"},
		"a wrong ID":                   {"Uploading", "a%2Cb/credentials", apiToken, 400, 0, `"videoId"`},
		"a wrong ID, nobody":           {"Uploading", "a%2Cb/credentials", "", 401, 0, "required"},
		"a long ID":                    {"Uploading", strings.Repeat("a", 65) + "/credentials", apiToken, 400, 0, `"videoId"`},
		"a slash in the ID":            {"Uploading", "a%2Fb/credentials", apiToken, 400, 0, `"videoId"`},
		"an ampersand in the ID":       {"Uploading", "a%26Action=DeleteVideo/credentials", apiToken, 400, 0, `"videoId"`},
		"a wrong ID of another ticket": {"Uploading", "a%2Cb/credentials", uploading, 403, 0, "another video"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, &studio{status: tc.status})
			w := b.ask(tc.path, tc.token)
			if w.Code != tc.want || !strings.Contains(w.Body.String(), tc.part) {
				t.Errorf("got %d %s, want %d and %q", w.Code, w.Body, tc.want, tc.part)
			}
			if n := b.studio.calls.Load(); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
			if got := w.Header().Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: %q", got)
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%d with WWW-Authenticate %q", w.Code, w.Header().Get("WWW-Authenticate"))
			}
			if w.Code != 200 {
				var d problem.Details
				if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.Status != w.Code || w.Header().Get("Content-Type") != "application/problem+json" {
					t.Errorf("no problem details: %s", w.Body)
				}
			}
			if tc.token != "" && (strings.Contains(w.Body.String(), tc.token) || strings.Contains(b.log.String(), tc.token)) {
				t.Errorf("the token is shown: %s %s", w.Body, b.log)
			}
			if (w.Code == 503) != (w.Header().Get("Retry-After") != "") {
				t.Errorf("%d with Retry-After %q", w.Code, w.Header().Get("Retry-After"))
			}
		})
	}
}

// Whoever asks without a right does not fill the log.
func TestALongPathIsNotLogged(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{})
	if w := b.ask(strings.Repeat("a", 10_000)+"/credentials", ""); w.Code != 401 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if n := b.log.Len(); n == 0 || n > 400 {
		t.Errorf("%d bytes were logged", n)
	}
}

func TestWithoutKeysATicketIsNoGood(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{status: "Uploading"}, func(c *credentials.Config) { c.Tickets = nil })
	if w := b.ask(video+"/credentials", b.ticket(t, upload.ScopeUpload)); w.Code != 401 || !strings.Contains(w.Body.String(), "UPLOAD_TICKET_KEYS") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
	if w := b.ask(video+"/credentials", apiToken); w.Code != 200 {
		t.Errorf("an API token: got %d %s", w.Code, w.Body)
	}
}

func TestTheAnswerIsThePlatformsOwn(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{status: "Uploading"})
	given, err := b.studio.RefreshUpload(t.Context(), video)
	if err != nil {
		t.Fatal(err)
	}
	w := b.ask(video+"/credentials", b.ticket(t, upload.ScopeUpload))
	if w.Code != 200 || w.Body.String() != given.Answer.Reveal() {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, given.Answer.Reveal())
	}
	if got := w.Header().Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type: %q", got)
	}
	for _, hidden := range []string{given.UploadAuth.Reveal(), given.UploadAddress.Reveal()} {
		if strings.Contains(b.log.String(), hidden) {
			t.Errorf("the log shows it: %s", b.log)
		}
	}
	if !strings.Contains(b.log.String(), "video_id="+video) || !strings.Contains(b.log.String(), "request_id=R") {
		t.Errorf("the log does not say who got them: %s", b.log)
	}
}

func TestTheDecodedView(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{status: "Uploading"})
	w := b.ask(video+"/credentials?view=decoded", b.ticket(t, upload.ScopeUpload))
	const want = `{"requestId":"R","videoId":"` + video + `","endpoint":"https://oss-cn-shanghai.aliyuncs.com","bucket":"b","object":"sv/a.mp4",` +
		`"region":"cn-shanghai","accessKeyId":"STS.x","accessKeySecret":"<y>&","securityToken":"z","expiry":"2036-03-20T12:50:00Z"}` + "\n"
	if w.Code != 200 || w.Body.String() != want {
		t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
	}
}

// An upload SDK that gets this does nothing, not even call back: 502 lets the page
// ask again.
func TestWhatNoClientCanUseIsNotPassedOn(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{status: "Uploading", auth: encode(`{"AccessKeySecret":"made-up","ExpireUTCTime":"2036-03-20T12:50:00Z"}`)})
	for _, query := range []string{"", "?view=decoded"} {
		if w := b.ask(video+"/credentials"+query, apiToken); w.Code != 502 || strings.Contains(w.Body.String(), "made-up") || !strings.Contains(w.Body.String(), "AccessKeyId") {
			t.Errorf("%s: got %d %s, want 502", query, w.Code, w.Body)
		}
	}
}

func TestRefusalsOfThePlatform(t *testing.T) {
	t.Parallel()
	const op = "RefreshUploadVideo"
	for name, tc := range map[string]struct {
		err   error
		want  int
		retry string
	}{
		"not found":    {&core.Error{Kind: core.NotFound, Op: op, Code: "InvalidVideo.NotFound"}, 404, ""},
		"damaged":      {&core.Error{Kind: core.NotReady, Op: op, Code: "InvalidVideo.Damaged"}, 409, ""},
		"throttled":    {&core.Error{Kind: core.Throttled, Op: op, Code: "Throttling"}, 503, "1"},
		"down":         {&core.Error{Kind: core.Unavailable, Op: op, RetryAfter: 1500 * time.Millisecond}, 503, "2"},
		"keys refused": {&core.Error{Kind: core.Unauthenticated, Op: op}, 502, ""},
		"not allowed":  {&core.Error{Kind: core.Forbidden, Op: op}, 502, ""},
		"malformed":    {&core.Error{Kind: core.Internal, Op: op}, 502, ""},
		"too slow":     {&core.Error{Kind: core.Unavailable, Op: op, Message: "no answer in time", Err: context.DeadlineExceeded}, 504, "1"},
		"foreign":      {fmt.Errorf("made-up"), 500, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, &studio{status: "Uploading", err: tc.err})
			w := b.ask(video+"/credentials", b.ticket(t, upload.ScopeUpload))
			if w.Code != tc.want || w.Header().Get("Retry-After") != tc.retry || strings.Contains(w.Body.String(), "made-up") {
				t.Errorf("got %d, Retry-After %q, %s", w.Code, w.Header().Get("Retry-After"), w.Body)
			}
			if e, ok := tc.err.(*core.Error); ok && !strings.Contains(w.Body.String(), e.Code) { //nolint:errorlint // the error itself
				t.Errorf("%s does not show the platform's code", w.Body)
			}
			if w.Header().Get("Access-Control-Allow-Origin") != page || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("an error comes with %v", w.Header())
			}
		})
	}
}

func TestALoopIsTold(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{status: "Uploading"})
	ticket := b.ticket(t, upload.ScopeUpload)
	for range 10 {
		if w := b.ask(video+"/credentials", ticket); w.Code != 200 {
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	w := b.ask(video+"/credentials", ticket)
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || w.Header().Get("Access-Control-Expose-Headers") != "Retry-After" {
		t.Errorf("got %d %v %s", w.Code, w.Header(), w.Body)
	}
	if n := b.studio.calls.Load(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
}

func TestWhoHangsUpIsNotAnswered(t *testing.T) {
	t.Parallel()
	b := setup(t, &studio{status: "Uploading"})
	ctx, hangUp := context.WithCancel(t.Context())
	hangUp()
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/v1/uploads/"+video+"/credentials", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+apiToken)
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	if w.Body.Len() != 0 {
		t.Errorf("got %s", w.Body)
	}
}
