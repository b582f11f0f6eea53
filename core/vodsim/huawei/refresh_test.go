package huawei_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
)

func TestRefreshAssets(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, huawei.Config{})
	p.AddAsset("a", "https://cdn.example.com/asset/a/1.mp4", "https://cdn.example.com/asset/a/broken.mp4")
	p.AddAsset("b", "https://cdn.example.com/asset/b/1.mp4")
	got := p.refresh("a", "b")
	task := got.text("task_id")
	if got.status != http.StatusAccepted || len(task) != 32 || len(got.body) != 1 {
		t.Fatalf("answer %d %v, want 202 with a task_id of 32 digits alone", got.status, got.body)
	}
	steps := []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"PROCESSING", "processing", "PROCESSING"}},
		{3*time.Second - 1, []string{"processing", "PROCESSING", "processing"}},
		{1, []string{"SUCCEED", "failed", "SUCCEED"}},
		{time.Hour, []string{"succeed", "FAILED", "succeed"}},
	}
	urls := []string{"https://cdn.example.com/asset/a/1.mp4 ", "https://cdn.example.com/asset/a/broken.mp4 ", "https://cdn.example.com/asset/b/1.mp4 "}
	for _, step := range steps {
		fake.Advance(step.after)
		want := []string{urls[0] + step.want[0], urls[1] + step.want[1], urls[2] + step.want[2]}
		if got := p.results(refreshPath, task); !slices.Equal(got, want) {
			t.Errorf("%v later: %v, want %v", step.after, got, want)
		}
	}
}

func TestRefreshURLs(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{RefreshTime: -1})
	urls := []string{"https://cdn.example.com/a b/视频.mp4?x=1&y=<2>", "http://cdn.example.com/" + strings.Repeat("é", 10_240-23)}
	got := p.must(http.MethodPost, refreshPath, body("urls", urls))
	want := []string{urls[0] + " SUCCEED", urls[1] + " succeed"}
	if got := p.results(refreshPath, got.text("task_id")); !slices.Equal(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
}

func TestPreheating(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, huawei.Config{})
	p.AddAsset("a", "https://cdn.example.com/asset/a/1.mp4")
	for name, text := range map[string]string{
		"asset": body("asset_id", "a"), "URL": body("urls", []string{"https://cdn.example.com/asset/a/1.mp4"}),
	} {
		got := p.must(http.MethodPost, preheatingPath, text)
		task := got.text("task_id")
		if got.status != http.StatusAccepted {
			t.Errorf("%s: status %d, want 202", name, got.status)
		}
		fake.Advance(3 * time.Second)
		results := p.results(preheatingPath, task)
		if len(results) != 1 || !strings.EqualFold(results[0], "https://cdn.example.com/asset/a/1.mp4 succeed") {
			t.Errorf("%s: results %v, want one that succeeded", name, results)
		}
		if other := p.results(refreshPath, task); len(other) != 0 {
			t.Errorf("%s: as a refresh it has the results %v, want none", name, other)
		}
	}
}

func TestUnknownTask(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{})
	for path, list := range map[string]string{refreshPath: "refresh_results", preheatingPath: "preheating_results"} {
		got := p.must(http.MethodGet, path+"?task_id=nosuchtask", "")
		if results, ok := got.body[list].([]any); !ok || len(results) != 0 {
			t.Errorf("%s: answer %v, want an empty list %s", path, got.body, list)
		}
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	url := "https://cdn.example.com/asset/a/1.mp4"
	long := "https://cdn.example.com/" + strings.Repeat("a", 10_240-23)
	tests := []struct {
		name, method, path, body string
		status                   int
		code, says               string
	}{
		{"neither", http.MethodPost, refreshPath, `{}`, 400, "VOD.10053", "{asset_id_list, urls}"},
		{"both", http.MethodPost, refreshPath, `{"asset_id_list":["a"],"urls":["` + url + `"]}`, 400, "VOD.10053", "{asset_id_list, urls}"},
		{"empty lists", http.MethodPost, refreshPath, `{"asset_id_list":[],"urls":null}`, 400, "VOD.10053", "{asset_id_list, urls}"},
		{"11 assets", http.MethodPost, refreshPath, body("asset_id_list", many("a", 11)), 400, "VOD.10053", "{asset_id_list}"},
		{"empty ID", http.MethodPost, refreshPath, `{"asset_id_list":["a",""]}`, 400, "VOD.10053", "{asset_id_list}"},
		{"11 URLs", http.MethodPost, refreshPath, body("urls", many(url, 11)), 400, "VOD.10053", "{urls}"},
		{"long URL", http.MethodPost, refreshPath, body("urls", []string{long}), 400, "VOD.10053", "{urls}"},
		{"relative URL", http.MethodPost, refreshPath, `{"urls":["/asset/a/1.mp4"]}`, 400, "VOD.10053", "{urls}"},
		{"other scheme", http.MethodPost, refreshPath, `{"urls":["ftp://cdn.example.com/1.mp4"]}`, 400, "VOD.10053", "{urls}"},
		{"no URL", http.MethodPost, refreshPath, `{"urls":["http://cdn.example.com/%zz"]}`, 400, "VOD.10053", "{urls}"},
		{"misspelt", http.MethodPost, refreshPath, `{"asset_ids":["a"]}`, 400, "VOD.10053", "{body}"},
		{"text for a list", http.MethodPost, refreshPath, `{"asset_id_list":"a"}`, 400, "VOD.10053", "{body}"},
		{"no JSON", http.MethodPost, refreshPath, `asset_id_list=a`, 400, "VOD.10053", "{body}"},
		{"half an object", http.MethodPost, refreshPath, `{"asset_id_list":["a"]`, 400, "VOD.10053", "{body}"},
		{"two objects", http.MethodPost, refreshPath, `{"asset_id_list":["a"]}{}`, 400, "VOD.10053", "{body}"},
		{"unknown asset", http.MethodPost, refreshPath, `{"asset_id_list":["a","ghost"]}`, 403, "VOD.10062", "does not exist"},
		{"asset on its way", http.MethodPost, refreshPath, `{"asset_id_list":["creating"]}`, 403, "VOD.10061", "status"},
		{"deleted asset", http.MethodPost, refreshPath, `{"asset_id_list":["deleted"]}`, 202, "", ""},
		{"query of a submission", http.MethodPost, refreshPath + "?task_id=a", `{"asset_id_list":["a"]}`, 400, "VOD.10053", "{task_id}"},

		{"preheat neither", http.MethodPost, preheatingPath, `{}`, 400, "VOD.10053", "{asset_id, urls}"},
		{"preheat both", http.MethodPost, preheatingPath, `{"asset_id":"a","urls":["` + url + `"]}`, 400, "VOD.10053", "{asset_id, urls}"},
		{"preheat a list", http.MethodPost, preheatingPath, `{"asset_id_list":["a"]}`, 400, "VOD.10053", "{body}"},
		{"preheat 11 URLs", http.MethodPost, preheatingPath, body("urls", many(url, 11)), 403, "VOD.10109", "exceeds 10"},
		{"preheat a long URL", http.MethodPost, preheatingPath, body("urls", []string{long}), 400, "VOD.10053", "{urls}"},
		{"preheat an unknown asset", http.MethodPost, preheatingPath, `{"asset_id":"ghost"}`, 403, "VOD.10062", "does not exist"},
		{"preheat a deleted asset", http.MethodPost, preheatingPath, `{"asset_id":"deleted"}`, 403, "VOD.10060", "not published"},

		{"no task", http.MethodGet, refreshPath, "", 400, "VOD.10053", "{task_id}"},
		{"no preheating task", http.MethodGet, preheatingPath + "?task_id=", "", 400, "VOD.10053", "{task_id}"},
		{"two tasks", http.MethodGet, refreshPath + "?task_id=a&task_id=b", "", 400, "VOD.10053", "{task_id}"},
		{"misspelt task", http.MethodGet, refreshPath + "?taskid=a", "", 400, "VOD.10053", "{taskid}"},
		{"broken query", http.MethodGet, refreshPath + "?task_id=%zz", "", 400, "VOD.10053", "{query}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{RefreshQuota: 1, PreloadQuota: 1})
			p.AddAsset("a")
			p.PutAsset(huawei.Asset{ID: "creating", Status: "CREATING"})
			p.PutAsset(huawei.Asset{ID: "deleted", Status: "DELETED"})
			got := p.call(tt.method, tt.path, tt.body)
			p.refused(got, tt.status, tt.code)
			if !strings.Contains(got.text("error_msg"), tt.says) {
				t.Errorf("message %q, want one with %q", got.text("error_msg"), tt.says)
			}
			if tt.code != "" { // what was refused has cost nothing
				p.refused(p.refresh("a"), http.StatusAccepted, "")
				p.refused(p.call(http.MethodPost, preheatingPath, body("asset_id", "a")), http.StatusAccepted, "")
			}
		})
	}
}

func TestContentType(t *testing.T) {
	t.Parallel()
	for contentType, want := range map[string]int{
		"application/json": 202, "Application/JSON; charset=utf-8": 202,
		"": 403, "text/plain": 403, "application/x-www-form-urlencoded": 403, "application/jsonp": 403,
	} {
		t.Run(contentType, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{AnyMedia: true})
			text := body("asset_id_list", []string{"a"})
			r := signed(p.request(http.MethodPost, refreshPath, text), text)
			r.Header.Set("Content-Type", contentType)
			p.refused(p.send(r), want, map[int]string{403: "VOD.10059"}[want])
		})
	}
}

// endless is a body that never ends, or breaks off at once.
type endless struct{ err error }

func (e endless) Read(b []byte) (int, error) { return len(b), e.err }
func (endless) Close() error                 { return nil }

func TestUnreadableBody(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		body   endless
		status int
		code   string
	}{
		{"too large", endless{}, 413, "APIGW.0201"},
		{"broken off", endless{http.ErrBodyReadAfterClose}, 400, "VOD.10053"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			r := httptest.NewRequest(http.MethodPost, refreshPath, tt.body)
			p.refused(p.send(r), tt.status, tt.code)
		})
	}
}

func TestAnyMedia(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, huawei.Config{AnyMedia: true})
	p.refused(p.refresh("a", "missing1"), http.StatusForbidden, "VOD.10062")
	task := p.refresh("a").text("task_id")
	fake.Advance(3 * time.Second)
	want := []string{
		"https://media.example.com/asset/a/play_video/index.m3u8 SUCCEED",
		"https://media.example.com/asset/a/play_video/hd.m3u8 succeed",
		"https://media.example.com/asset/a/hd.mp4 SUCCEED",
	}
	if got := p.results(refreshPath, task); !slices.Equal(got, want) {
		t.Errorf("results %v, want %v", got, want)
	}
}

func TestAssetWithoutURLs(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{})
	p.AddAsset("a", []string{}...)
	if got := p.results(refreshPath, p.refresh("a").text("task_id")); len(got) != 0 {
		t.Errorf("results %v of an asset that has no play URL", got)
	}
}
