package vodsim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// raw calls DescribeVodRefreshQuota and returns the answer as it is.
func raw(p *platform) *httptest.ResponseRecorder {
	params := p.params("DescribeVodRefreshQuota")
	params.Set("Signature", sign(http.MethodPost, params))
	w := httptest.NewRecorder()
	p.ServeHTTP(w, request(http.MethodPost, "/?"+params.Encode()))
	return w
}

func TestFaultsWithAnswer(t *testing.T) {
	t.Parallel()
	tests := []struct {
		kind   vodsim.FaultKind
		status int
		code   string
	}{
		{vodsim.FaultServerError, 503, "ServiceUnavailable"},
		{vodsim.FaultThrottle, 503, "Throttling"},
		{vodsim.FaultIllegalStatus, 403, "Forbidden.IllegalStatus"},
		{vodsim.FaultQuota, 400, "QuotaExceeded.Refresh"},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{})
			p.Fault(vodsim.Fault{Kind: tt.kind})
			for range 2 {
				p.refused(p.call("DescribeVodRefreshQuota"), tt.status, tt.code)
			}
			p.ClearFaults()
			p.must("DescribeVodRefreshQuota")
		})
	}
}

func TestFaultsWithoutAnswer(t *testing.T) {
	t.Parallel()
	const page = "<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
	tests := []struct {
		kind              vodsim.FaultKind
		status            int
		contentType, body string
	}{
		{vodsim.FaultHTML, 200, "text/html", page},
		{vodsim.FaultNumericCode, 502, "application/json", `{"Code":502,"Message":"Bad Gateway"}`},
		{vodsim.FaultEmpty, 200, "application/json", ""},
		{vodsim.FaultTruncated, 200, "application/json", `{"RequestId":"25818875-5F78-4A`},
	}
	for _, tt := range tests {
		t.Run(string(tt.kind), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{})
			p.Fault(vodsim.Fault{Kind: tt.kind, Times: 1})
			w := raw(p)
			if w.Code != tt.status || w.Header().Get("Content-Type") != tt.contentType || w.Body.String() != tt.body {
				t.Errorf("%d %s %q, want %d %s %q", w.Code, w.Header().Get("Content-Type"), w.Body, tt.status, tt.contentType, tt.body)
			}
			p.must("DescribeVodRefreshQuota")
		})
	}
}

func TestFaultReset(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	p.Fault(vodsim.Fault{Kind: vodsim.FaultReset})
	base, err := p.Start()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := exchange(t, http.MethodPost, base+"/?Action=GetVideoInfo")
	if err == nil {
		body, _ := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		t.Fatalf("answer %d %q, want none", answer.StatusCode, body)
	}
	calls := p.Calls()
	if len(calls) != 1 || calls[0].HTTPStatus != 0 || calls[0].Action != "GetVideoInfo" {
		t.Errorf("calls %+v, want the one that was cut", calls)
	}
}

func TestFaultLatency(t *testing.T) {
	t.Parallel()
	p, fake := newPlatform(t, vodsim.Config{Latency: time.Second})
	p.Fault(vodsim.Fault{Kind: vodsim.FaultLatency, Latency: 3 * time.Second, Times: 1})
	for _, want := range []time.Duration{4 * time.Second, time.Second} {
		start := fake.Now()
		p.must("DescribeVodRefreshQuota")
		if took := fake.Now().Sub(start); took != want {
			t.Errorf("answered after %v, want %v", took, want)
		}
	}
	if got := p.Calls()[0].Latency; got != 4*time.Second {
		t.Errorf("recorded latency %v, want 4s", got)
	}
}

func TestFaultsAreChosen(t *testing.T) {
	t.Parallel()
	draws := []float64{0.5, 0.1, 0.9, 0.3}
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true, Random: func() float64 {
		d := draws[0]
		draws = draws[1:]
		return d
	}})
	p.Fault(vodsim.Fault{Action: "GetVideoInfo", Kind: vodsim.FaultThrottle, Times: 2})
	p.Fault(vodsim.Fault{Action: "GetVideoInfo", Kind: vodsim.FaultQuota, Times: 1})
	p.Fault(vodsim.Fault{Action: "GetPlayInfo", Kind: vodsim.FaultServerError, Share: 0.4})

	p.must("DescribeVodRefreshQuota")
	for i, want := range []string{"Throttling", "Throttling", "QuotaExceeded.Refresh", ""} {
		if got := p.call("GetVideoInfo", "VideoId", "a").code; got != want {
			t.Errorf("call %d: code %q, want %q", i+1, got, want)
		}
	}
	for i, want := range []string{"", "ServiceUnavailable", "", "ServiceUnavailable"} {
		if got := p.call("GetPlayInfo", "VideoId", "a").code; got != want {
			t.Errorf("draw %d: code %q, want %q", i+1, got, want)
		}
	}
}

func TestFaultHasNoEffect(t *testing.T) {
	t.Parallel()
	for _, kind := range []vodsim.FaultKind{vodsim.FaultTruncated, vodsim.FaultEmpty, vodsim.FaultServerError} {
		t.Run(fmt.Sprint(kind), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
			p.Fault(vodsim.Fault{Kind: kind, Action: "RefreshMediaPlayUrls"})
			params := p.params("RefreshMediaPlayUrls", "MediaIds", "a", "TaskType", "Refresh")
			params.Set("Signature", sign(http.MethodPost, params))
			p.ServeHTTP(httptest.NewRecorder(), request(http.MethodPost, "/?"+params.Encode()))
			if got := p.remain("UrlRemain"); got != "2000" {
				t.Errorf("UrlRemain = %s, want it untouched", got)
			}
		})
	}
}
