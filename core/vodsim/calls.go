package vodsim

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// Call is one call that the platform got, whatever came of it.
type Call struct {
	Provider   events.Provider
	Action     string        // as sent, also if there is no such action
	Params     url.Values    // the action's own: nothing of the signature, key or token
	MediaIDs   []string      // out of MediaIds, MediaId or VideoId
	HTTPStatus int           // of the answer; zero if the connection was cut instead
	Code       string        // the error code; empty for success
	At         time.Time     // when the call arrived
	Latency    time.Duration // until it was answered
}

// Calls returns the calls so far in the order of their answers: the last
// 10,000 of them.
func (s *Server) Calls() []Call {
	calls := s.calls.Calls()
	for i := range calls {
		calls[i].Params = maps.Clone(calls[i].Params)
	}
	return calls
}

func (s *Server) record(r *http.Request, arrived time.Time, reply answer) {
	params := url.Values{}
	protocol := protocolParams()
	for name, values := range r.Form {
		if _, ok := protocol[name]; !ok && name != "AuthKey" {
			params[name] = slices.Clone(values)
		}
	}
	call := Call{
		Provider: events.Aliyun, Action: r.Form.Get("Action"), Params: params,
		HTTPStatus: reply.status(), Code: reply.code(),
		At: arrived, Latency: s.cfg.Clock.Now().Sub(arrived),
	}
	for _, name := range []string{"MediaIds", "MediaId", "VideoId"} {
		call.MediaIDs = append(call.MediaIDs, split(params.Get(name), ",")...)
	}
	s.cfg.Log.InfoContext(r.Context(), "call", "action", call.Action, "status", call.HTTPStatus,
		"code", call.Code, "latency", call.Latency)
	s.calls.Add(call)
}

// split returns the parts of a list, trimmed, without empty ones and doubles.
func split(list, separator string) []string {
	var parts []string
	for part := range strings.SplitSeq(list, separator) {
		if part = strings.TrimSpace(part); part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return parts
}
