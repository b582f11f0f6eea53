package command

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/vodrefresh/vodrefresh/events"
)

// providerCall is a call to a platform that refreshes or preloads.
type providerCall struct {
	Provider   events.Provider `json:"provider"`
	Action     string          `json:"action"`
	MediaIDs   []string        `json:"media_ids"`
	HTTPStatus int             `json:"http_status"`
}

// recorder is a transport that remembers the calls that went through it.
type recorder struct {
	next http.RoundTripper

	mu    sync.Mutex
	calls []providerCall
}

// RoundTrip sends a request and notes what it asked and what came back.
func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	call, err := callOf(request)
	if err != nil {
		return nil, err
	}
	response, err := r.next.RoundTrip(request)
	if err == nil {
		call.HTTPStatus = response.StatusCode
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	return response, err
}

// callOf reads from a request what is asked of which platform.
func callOf(request *http.Request) (providerCall, error) {
	query := request.URL.Query()
	call := providerCall{Provider: events.Aliyun, Action: query.Get("Action"), MediaIDs: []string{}}
	if ids := query.Get("MediaIds"); ids != "" {
		call.MediaIDs = strings.Split(ids, ",")
	}
	if call.Action != "" || request.Method != http.MethodPost {
		return call, nil
	}
	call.Provider = events.Huawei
	switch {
	case strings.HasSuffix(request.URL.Path, "/asset/refresh"):
		call.Action = "RefreshAsset"
	case strings.HasSuffix(request.URL.Path, "/asset/preheating"):
		call.Action = "CreatePreheatingAsset"
	}
	text, err := io.ReadAll(request.Body)
	if err != nil {
		return call, err
	}
	request.Body = io.NopCloser(bytes.NewReader(text))
	var body struct {
		Assets []string `json:"asset_id_list"`
		Asset  string   `json:"asset_id"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return call, err
	}
	if body.Asset != "" {
		body.Assets = append(body.Assets, body.Asset)
	}
	call.MediaIDs = append(call.MediaIDs, body.Assets...)
	return call, nil
}

// submits are the calls so far that refresh or preload; the questions about
// jobs are left out.
func (r *recorder) submits() []providerCall {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.calls), func(c providerCall) bool {
		return !strings.HasPrefix(c.Action, "Refresh") && !strings.HasPrefix(c.Action, "Preload") && c.Action != "CreatePreheatingAsset"
	})
}
