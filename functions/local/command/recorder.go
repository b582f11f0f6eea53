package command

import (
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
	query := request.URL.Query()
	call := providerCall{Provider: events.Aliyun, Action: query.Get("Action"), MediaIDs: []string{}}
	if ids := query.Get("MediaIds"); ids != "" {
		call.MediaIDs = strings.Split(ids, ",")
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

// submits are the calls so far that refresh or preload; the questions about
// jobs are left out.
func (r *recorder) submits() []providerCall {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(r.calls), func(c providerCall) bool {
		return !strings.HasPrefix(c.Action, "Refresh") && !strings.HasPrefix(c.Action, "Preload")
	})
}
