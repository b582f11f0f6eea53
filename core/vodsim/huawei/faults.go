package huawei

import (
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
)

// FaultKind is a way to misbehave.
type FaultKind string

// The kinds of faults. "Success" is the status that the operation answers with
// when all is well: 202 for one that makes a task, else 200.
const (
	FaultLatency     FaultKind = "latency"      // late, then as usual
	FaultReset       FaultKind = "reset"        // the connection is cut without an answer
	FaultServerError FaultKind = "server_error" // 502 APIGW.0610
	FaultThrottle    FaultKind = "throttle"     // 429 APIGW.0308
	FaultHTML        FaultKind = "html"         // success with a page, as a captive proxy answers
	FaultRedirect    FaultKind = "redirect"     // 302 with a page
	FaultNumericCode FaultKind = "numeric_code" // 502 with {"error_code":502}, as a middlebox answers
	FaultEmpty       FaultKind = "empty"        // success without a body
	FaultTruncated   FaultKind = "truncated"    // success with half a JSON object
	FaultNoTaskID    FaultKind = "no_task_id"   // success with {}
	FaultQuota       FaultKind = "quota"        // 403 VOD.10086 for preheating, else VOD.10087
	FaultUnpublished FaultKind = "unpublished"  // 403 VOD.10060
	FaultInternal    FaultKind = "internal"     // 403 VOD.10051, an internal error in spite of its status
)

// Fault says which calls are answered wrongly, and how. It comes before every
// check, and a call that it hits has no effect, FaultLatency excepted.
type Fault struct {
	Action  string        // the operation as [Call.Action] has it; "" for every operation
	Kind    FaultKind     // an unknown kind behaves as FaultLatency
	Times   int           // how many calls are hit; zero for all, until [Server.ClearFaults]
	Share   float64       // the probability that a call is hit; zero for always
	Latency time.Duration // passes before the answer, whatever the kind is
}

// Fault adds a fault. A call is hit by one fault at most, the oldest first.
func (s *Server) Fault(f Fault) { s.faults.Add(platform.Fault[FaultKind](f)) }

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.faults.Clear() }

// faultAnswer is what a fault puts in place of the answer to an operation, if
// it does.
func faultAnswer(kind FaultKind, op operation, id string) (answer, bool) {
	const (
		page     = "<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
		jsonType = "application/json"
		htmlType = "text/html"
	)
	success := max(op.success, http.StatusOK)
	switch kind {
	case FaultReset:
		return answer{}, true
	case FaultServerError:
		return refuse(badGateway).answer(id), true
	case FaultThrottle:
		return overRate(op.rate).answer(id), true
	case FaultHTML:
		return answer{success, "", htmlType, page}, true
	case FaultRedirect:
		return answer{http.StatusFound, "", htmlType, page}, true
	case FaultNumericCode:
		return answer{http.StatusBadGateway, "", jsonType, `{"error_code":502,"error_msg":"Bad Gateway"}`}, true
	case FaultEmpty:
		return answer{success, "", jsonType, ""}, true
	case FaultTruncated:
		return answer{success, "", jsonType, `{"task_id":"5199337c31c8e462`}, true
	case FaultNoTaskID:
		return answer{success, "", jsonType, "{}"}, true
	case FaultQuota:
		if op.name == createPreheating {
			return refuse(preheatsSpent).answer(id), true
		}
		return refuse(refreshSpent).answer(id), true
	case FaultUnpublished:
		return refuse(unpublished).answer(id), true
	case FaultInternal:
		return refuse(internal).answer(id), true
	case FaultLatency:
	}
	return answer{}, false
}
