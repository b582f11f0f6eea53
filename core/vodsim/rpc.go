package vodsim

import (
	"net/http"
	"net/url"
	"time"
)

// apiVersion is the only version of the API.
const apiVersion = "2017-03-21"

// request is a call that passed the gateway.
type request struct {
	id     string // the RequestId of the answer
	at     time.Time
	params url.Values
}

// get is the value of a parameter, empty if it is not set.
func (q request) get(name string) string { return q.params.Get(name) }

// action is one operation of the API: what it takes and what it does. It runs
// with the server locked, and its answer is encoded as JSON.
type action struct {
	params map[string]param
	run    func(*Server, request) (any, *refusal)
}

// actions are the operations by name. An operation that is missing here is
// unknown to the platform.
func actions() map[string]action {
	return map[string]action{
		"RefreshMediaPlayUrls":    {refreshMediaParams(), (*Server).refreshMedia},
		"GetMediaRefreshJobs":     {getJobsParams(), (*Server).getJobs},
		"RefreshVodObjectCaches":  {refreshObjectsParams(), (*Server).refreshObjects},
		"PreloadVodObjectCaches":  {preloadObjectsParams(), (*Server).preloadObjects},
		"DescribeVodRefreshTasks": {describeTasksParams(), (*Server).describeTasks},
		"DescribeVodRefreshQuota": {nil, (*Server).describeQuota},
		"CreateUploadVideo":       {createUploadParams(), (*Server).createUpload},
		"RefreshUploadVideo":      {refreshUploadParams(), (*Server).refreshUpload},
		"GetVideoInfo":            {videoInfoParams(), (*Server).videoInfo},
		"GetPlayInfo":             {playInfoParams(), (*Server).playInfo},
		"GetMessageCallback":      {getCallbackParams(), (*Server).getCallback},
		"SetMessageCallback":      {setCallbackParams(), (*Server).setCallback},
	}
}

// serveRPC answers a call of Alibaba Cloud's RPC style: parameters in the
// query, or in a form, whatever the method is.
func (s *Server) serveRPC(w http.ResponseWriter, r *http.Request) {
	arrived := s.cfg.Clock.Now()
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	malformed := r.ParseForm() != nil

	fault := Fault(s.faults.Pick(r.Form.Get("Action"), s.cfg.Random))
	wait := s.cfg.Latency + fault.Latency
	if err := s.cfg.Clock.Sleep(r.Context(), wait); err != nil {
		s.record(r, arrived, answer{})
		panic(http.ErrAbortHandler) // nobody is there to be answered
	}

	reply, faulty := fault.answer()
	id := s.requestID()
	switch {
	case faulty:
	case malformed:
		reply = answer{refused: invalidParameter("query or form")}
	default:
		reply = s.handle(r, id)
	}
	s.record(r, arrived, reply)
	reply.write(w, r.Host, id)
}

// handle passes a call through the gateway and on to its action.
func (s *Server) handle(r *http.Request, id string) answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	q := request{id: id, at: s.cfg.Clock.Now(), params: r.Form}
	act, refused := s.admit(r, q)
	if refused == nil {
		refused = checkParams(act.params, q.params)
	}
	if refused != nil {
		return answer{refused: refused}
	}
	body, refused := act.run(s, q)
	return answer{body: body, refused: refused}
}

// admit does what the platform's gateway does for every action: who calls,
// when, how often. The order of the checks is not documented; a caller who is
// not known learns nothing but that.
func (s *Server) admit(r *http.Request, q request) (action, *refusal) {
	if refused := checkProtocol(r, q.params); refused != nil {
		return action{}, refused
	}
	act, ok := actions()[q.get("Action")]
	if !ok {
		return action{}, refuse(actionNotFound)
	}
	signed, refused := s.authenticate(r, q)
	if refused != nil {
		return action{}, refused
	}
	if !s.replays.fresh(q.get("SignatureNonce"), q.at, signed.Add(timestampWindow)) {
		return action{}, refuse(nonceUsed)
	}
	// The documentation gives the limit (50 a second, of the whole account) but
	// not the window; sliding is the strictest reading.
	if !s.pace.Allow(q.get("Action"), s.cfg.rate(q.get("Action")), q.at) {
		return action{}, refuse(throttled)
	}
	return act, nil
}
