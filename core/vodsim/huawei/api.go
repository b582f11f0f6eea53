package huawei

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxBody is how many bytes of body the gateway takes.
const maxBody = 12 << 20

// createPreheating is the one operation that spends the quota of preheating.
const createPreheating = "CreatePreheatingAsset"

// request is a call on its way through the gateway.
type request struct {
	id      string // the X-Request-Id of the answer
	at      time.Time
	op      operation
	project string // out of the path
	query   url.Values
	body    []byte
}

// operation is one operation of the API. It runs with the server locked, and
// its answer is encoded as JSON.
type operation struct {
	name    string // as the SDK has it
	rate    int    // calls a minute, unless the configuration says otherwise
	success int
	params  []string // what the query may have
	run     func(*Server, request) (any, *refusal)
}

// operations are the operations by method and path. One that is missing here is
// unknown to the platform. Refreshing is in no list of rates.
//
// Source: VOD API reference; its list of request throttling, Chinese edition.
// The international one has 10 a minute for preheating.
func operations() map[string]operation {
	taskID := []string{"task_id"}
	return map[string]operation{
		"POST /v1/{project_id}/asset/refresh":      {"RefreshAsset", 100, http.StatusAccepted, nil, (*Server).refreshAsset},
		"GET /v1/{project_id}/asset/refresh":       {"ShowRefreshResult", 100, http.StatusOK, taskID, (*Server).showRefresh},
		"POST /v1.0/{project_id}/asset/preheating": {createPreheating, 100, http.StatusAccepted, nil, (*Server).createPreheating},
		"GET /v1.0/{project_id}/asset/preheating":  {"ShowPreheatingAsset", 100, http.StatusOK, taskID, (*Server).showPreheating},
		"GET /v1.0/{project_id}/asset/details": {
			"ShowAssetDetail", 1500, http.StatusOK, []string{"asset_id", "categories"}, (*Server).showDetail,
		},
		"GET /v1.0/{project_id}/asset/info": {"ShowAssetMeta", 1500, http.StatusOK, []string{"asset_id"}, (*Server).showMeta},
	}
}

// route finds the operation of a request and the project in its path.
func route(r *http.Request) (op operation, project string) {
	if parts := strings.SplitN(r.URL.Path, "/", 4); len(parts) == 4 {
		op, project = operations()[r.Method+" /"+parts[1]+"/{project_id}/"+parts[3]], parts[2]
	}
	if op.run == nil {
		op.name = r.Method + " " + r.URL.Path
	}
	return op, project
}

// serve answers a call.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	q := request{id: s.identifier(), at: s.cfg.Clock.Now()}
	q.op, q.project = route(r)
	body, unread := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	q.body = body
	query, malformed := url.ParseQuery(r.URL.RawQuery)
	q.query = query

	fault := Fault(s.faults.Pick(q.op.name, s.cfg.Random))
	if err := s.cfg.Clock.Sleep(r.Context(), s.cfg.Latency+fault.Latency); err != nil {
		s.record(r, q, answer{})
		panic(http.ErrAbortHandler) // nobody is there to be answered
	}

	reply, faulty := faultAnswer(fault.Kind, q.op, q.id)
	switch {
	case faulty:
	case unread != nil:
		reply = unreadable(unread).answer(q.id)
	case malformed != nil:
		reply = illegal("query").answer(q.id)
	default:
		reply = s.handle(r, q)
	}
	s.record(r, q, reply)
	reply.write(w, q.id)
}

// unreadable is the answer to a body that could not be read to its end.
func unreadable(err error) *refusal {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return refuse(tooLarge)
	}
	return illegal("body")
}

// handle passes a call through the gateway and on to its operation.
func (s *Server) handle(r *http.Request, q request) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	q.at = s.cfg.Clock.Now()
	refused := s.admit(r, q)
	if refused == nil {
		refused = q.checkParams()
	}
	if refused != nil {
		return refused.answer(q.id)
	}
	body, refused := q.op.run(s, q)
	if refused != nil {
		return refused.answer(q.id)
	}
	return jsonAnswer(q.op.success, "", body)
}

// admit does what is the same for every operation: who calls, how often, for
// which project. The order of the checks is not documented; a caller who is not
// known learns nothing but that.
func (s *Server) admit(r *http.Request, q request) *refusal {
	if q.op.run == nil {
		return refuse(noOperation)
	}
	if refused := s.authenticate(r, q); refused != nil {
		return refused
	}
	// That the minute slides is not documented; it is the strictest reading.
	rate := q.op.rate
	if s.cfg.Rate != 0 {
		rate = s.cfg.Rate
	}
	if !s.pace.Allow(q.op.name, rate, q.at) {
		return overRate(rate)
	}
	header := r.Header.Values(headerProject)
	if q.project != s.cfg.ProjectID || len(header) > 0 && header[0] != s.cfg.ProjectID {
		return refuse(wrongProject)
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method == http.MethodPost && (err != nil || media != "application/json") {
		return refuse(wrongContent)
	}
	return nil
}
