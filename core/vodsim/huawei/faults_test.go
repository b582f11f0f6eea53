package huawei_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
)

const page = "<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"

// TestFaultsThatAreRefusals: these look like answers of the platform.
func TestFaultsThatAreRefusals(t *testing.T) {
	t.Parallel()
	preheat := body("asset_id", "a")
	tests := []struct {
		kind             huawei.FaultKind
		refresh, preheat string
		status           int
	}{
		{huawei.FaultServerError, "APIGW.0610", "APIGW.0610", 502},
		{huawei.FaultThrottle, "APIGW.0308", "APIGW.0308", 429},
		{huawei.FaultQuota, "VOD.10087", "VOD.10086", 403},
		{huawei.FaultUnpublished, "VOD.10060", "VOD.10060", 403},
		{huawei.FaultInternal, "VOD.10051", "VOD.10051", 403},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{AnyMedia: true, RefreshQuota: 1})
			p.Fault(huawei.Fault{Kind: tt.kind})
			for range 2 {
				p.refused(p.refresh("a"), tt.status, tt.refresh)
				p.refused(p.call(http.MethodPost, preheatingPath, preheat), tt.status, tt.preheat)
			}
			p.ClearFaults()
			p.refused(p.refresh("a"), http.StatusAccepted, "") // no fault has spent the quota
		})
	}
}

// TestFaultsThatAreNoAnswers: these are what a broken or foreign server says.
func TestFaultsThatAreNoAnswers(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	tests := []struct {
		kind              huawei.FaultKind
		post, get         int
		contentType, body string
	}{
		{huawei.FaultHTML, 202, 200, "text/html", page},
		{huawei.FaultRedirect, 302, 302, "text/html", page},
		{huawei.FaultNumericCode, 502, 502, jsonType, `{"error_code":502,"error_msg":"Bad Gateway"}`},
		{huawei.FaultEmpty, 202, 200, jsonType, ""},
		{huawei.FaultTruncated, 202, 200, jsonType, `{"task_id":"5199337c31c8e462`},
		{huawei.FaultNoTaskID, 202, 200, jsonType, "{}"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{AnyMedia: true})
			p.Fault(huawei.Fault{Kind: tt.kind, Times: 3})
			text := body("asset_id_list", []string{"a"})
			for _, call := range []struct {
				request *http.Request
				status  int
			}{
				{signed(p.request(http.MethodPost, refreshPath, text), text), tt.post},
				{signed(p.request(http.MethodGet, refreshPath+"?task_id=a", ""), ""), tt.get},
				{p.request(http.MethodGet, "/nothing", ""), tt.get},
			} {
				w := httptest.NewRecorder()
				p.ServeHTTP(w, call.request)
				if w.Code != call.status || w.Header().Get("Content-Type") != tt.contentType || w.Body.String() != tt.body {
					t.Errorf("%d %s %q, want %d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body, call.status, tt.contentType, tt.body)
				}
				if redirects := w.Header().Get("Location") != ""; redirects != (tt.kind == huawei.FaultRedirect) {
					t.Errorf("Location %q", w.Header().Get("Location"))
				}
			}
			p.refused(p.refresh("a"), http.StatusAccepted, "")
		})
	}
}

func TestFaultReset(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{})
	p.Fault(huawei.Fault{Kind: huawei.FaultReset})
	base, err := p.Start()
	if err != nil {
		t.Fatal(err)
	}
	if answer, err := http.Get(base + refreshPath); err == nil {
		answer.Body.Close()
		t.Fatalf("answer %d, want none", answer.StatusCode)
	}
	calls := p.Calls()
	if len(calls) != 1 || calls[0].HTTPStatus != 0 || calls[0].Action != "ShowRefreshResult" {
		t.Errorf("calls %+v, want the one that was cut", calls)
	}
}

func TestFaultLatency(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, huawei.Config{Latency: time.Second})
	p.Fault(huawei.Fault{Kind: huawei.FaultLatency, Latency: 3 * time.Second, Times: 1})
	for _, want := range []time.Duration{4 * time.Second, time.Second} {
		start := fake.Now()
		p.must(http.MethodGet, refreshPath+"?task_id=a", "")
		if took := fake.Now().Sub(start); took != want || p.Calls()[len(p.Calls())-1].Latency != want {
			t.Errorf("answered after %v, recorded as %v, want %v", took, p.Calls()[len(p.Calls())-1].Latency, want)
		}
	}
}

func TestFaultOfOneOperation(t *testing.T) {
	t.Parallel()
	for _, name := range huawei.Operations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{AnyMedia: true})
			p.Fault(huawei.Fault{Action: name, Kind: huawei.FaultThrottle})
			asset := body("asset_id", "a")
			for action, status := range map[string]int{
				"RefreshAsset":          p.refresh("a").status,
				"ShowRefreshResult":     p.call(http.MethodGet, refreshPath+"?task_id=a", "").status,
				"CreatePreheatingAsset": p.call(http.MethodPost, preheatingPath, asset).status,
				"ShowPreheatingAsset":   p.call(http.MethodGet, preheatingPath+"?task_id=a", "").status,
				"ShowAssetDetail":       p.call(http.MethodGet, detailsPath+"?asset_id=a", "").status,
				"ShowAssetMeta":         p.call(http.MethodGet, infoPath+"?asset_id=a", "").status,
			} {
				if hit := status == http.StatusTooManyRequests; hit != (action == name) {
					t.Errorf("%s is answered with %d", action, status)
				}
			}
		})
	}
}

func TestFaultShare(t *testing.T) {
	t.Parallel()
	draws := []float64{0.1, 0.5, 0.49, 0.9}
	p, _ := newPlatform(t, huawei.Config{Random: func() float64 {
		next := draws[0]
		draws = draws[1:]
		return next
	}})
	p.Fault(huawei.Fault{Kind: huawei.FaultThrottle, Share: 0.5})
	for i, want := range []int{429, 200, 429, 200} {
		if got := p.call(http.MethodGet, refreshPath+"?task_id=a", "").status; got != want {
			t.Errorf("call %d: status %d, want %d", i, got, want)
		}
	}
}
