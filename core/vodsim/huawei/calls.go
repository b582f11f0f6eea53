package huawei

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// Call is one call that the platform got, whatever came of it.
type Call struct {
	// Action is the operation by its name in the SDK, such as RefreshAsset, or
	// method and path if there is no such operation.
	Action string
	// Params is the query and the members of the body, under their own names; a
	// member that is neither text nor a list of texts is here as JSON.
	Params     url.Values
	AssetIDs   []string      // out of asset_id_list or asset_id
	URLs       []string      // out of urls
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

func (s *Server) record(r *http.Request, q request, reply answer) {
	params := q.params()
	call := Call{
		Action: q.op.name, Params: params,
		AssetIDs:   slices.Concat(params["asset_id_list"], params["asset_id"]),
		URLs:       slices.Clone(params["urls"]),
		HTTPStatus: reply.status, Code: reply.code,
		At: q.at, Latency: s.cfg.Clock.Now().Sub(q.at),
	}
	s.cfg.Log.InfoContext(r.Context(), "call", "action", call.Action, "status", call.HTTPStatus,
		"code", call.Code, "latency", call.Latency)
	s.calls.Add(call)
}

// params are the query and what can be read of the body.
func (q request) params() url.Values {
	params := url.Values{}
	for name, values := range q.query {
		params[name] = slices.Clone(values)
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(q.body, &members)
	for name, member := range members {
		var text string
		var list []string
		switch {
		case json.Unmarshal(member, &list) == nil:
			params[name] = list
		case json.Unmarshal(member, &text) == nil:
			params[name] = []string{text}
		default:
			params[name] = []string{string(member)}
		}
	}
	return params
}
