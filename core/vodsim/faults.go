package vodsim

import (
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
)

// FaultKind is a way to misbehave.
type FaultKind string

// The kinds of faults.
const (
	FaultLatency       FaultKind = "latency"        // late, then as usual
	FaultReset         FaultKind = "reset"          // the connection is cut without an answer
	FaultServerError   FaultKind = "server_error"   // 503 ServiceUnavailable
	FaultThrottle      FaultKind = "throttle"       // 503 Throttling
	FaultHTML          FaultKind = "html"           // 200 with a page, as a captive proxy answers
	FaultNumericCode   FaultKind = "numeric_code"   // 502 with {"Code":502}, as a middlebox answers
	FaultIllegalStatus FaultKind = "illegal_status" // 403 Forbidden.IllegalStatus
	FaultEmpty         FaultKind = "empty"          // 200 without a body
	FaultTruncated     FaultKind = "truncated"      // 200 with half a JSON object
	FaultQuota         FaultKind = "quota"          // 400 QuotaExceeded.Refresh
)

// Fault says which calls are answered wrongly, and how. It comes before every
// check, and a call that it hits has no effect, FaultLatency excepted.
type Fault struct {
	Action  string        // "" for every action
	Kind    FaultKind     // an unknown kind behaves as FaultLatency
	Times   int           // how many calls are hit; zero for all, until [Server.ClearFaults]
	Share   float64       // the probability that a call is hit; zero for always
	Latency time.Duration // passes before the answer, whatever the kind is
}

// Fault adds a fault. A call is hit by one fault at most, the oldest first.
func (s *Server) Fault(f Fault) { s.faults.Add(platform.Fault[FaultKind](f)) }

// ClearFaults removes all faults.
func (s *Server) ClearFaults() { s.faults.Clear() }

// answer is what a fault puts in place of the answer, if it does.
func (f Fault) answer() (answer, bool) {
	const page = "<html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
	switch f.Kind {
	case FaultReset:
		return answer{raw: &rawAnswer{reset: true}}, true
	case FaultServerError:
		return answer{refused: refuse(serviceUnavailable)}, true
	case FaultThrottle:
		return answer{refused: refuse(throttled)}, true
	case FaultHTML:
		return answer{raw: &rawAnswer{status: http.StatusOK, contentType: "text/html", body: page}}, true
	case FaultNumericCode:
		return answer{raw: &rawAnswer{
			status: http.StatusBadGateway, contentType: "application/json", body: `{"Code":502,"Message":"Bad Gateway"}`,
		}}, true
	case FaultIllegalStatus:
		return answer{refused: illegalStatus("Transcoding")}, true
	case FaultEmpty:
		return answer{raw: &rawAnswer{status: http.StatusOK, contentType: "application/json"}}, true
	case FaultTruncated:
		return answer{raw: &rawAnswer{
			status: http.StatusOK, contentType: "application/json", body: `{"RequestId":"25818875-5F78-4A`,
		}}, true
	case FaultQuota:
		return answer{refused: refuse(quotaSpent)}, true
	case FaultLatency:
	}
	return answer{}, false
}
