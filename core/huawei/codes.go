package huawei

import (
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// verdict is what an error code means.
type verdict struct {
	kind       core.Kind     // empty: the HTTP status decides
	retryAfter time.Duration // when the limit behind the code lets go, if known
}

// code is a row of the table. Codes of the gateway stand there with the prefix
// APIGW; older gateways write APIG.
type code struct {
	name string
	verdict
}

// codes is the table from the provider's error codes to kinds. The HTTP status
// says little: VOD answers 403 to nearly everything, outages and spent quotas
// included, and 403 or 500 to the same code.
//
// What concerns one asset or URL is NotFound, NotReady or Invalid, so that a
// batch is taken apart to find it; Forbidden is for the account alone.
//
// Source: error codes of Huawei Cloud VOD; error codes of API Gateway.
func codes() []code {
	return []code{
		{"VOD.10086", verdict{kind: core.QuotaExceeded}},         // the day's preloads
		{"VOD.10087", verdict{kind: core.QuotaExceeded}},         // the day's refreshes
		{"APIGW.0308", verdict{core.Throttled, 2 * time.Second}}, // the vendor says: wait 2 to 5 s
		{"VOD.10127", verdict{kind: core.Throttled}},             // flow control of another feature
		{"VOD.10051", verdict{kind: core.Unavailable}},           // internal error, as 403 and as 500
		{"VOD.10052", verdict{kind: core.Unavailable}},           // internal communication
		{"VST.10002", verdict{kind: core.Unavailable}},           // internal error, as 400 and as 500
		{"VOD.10098", verdict{kind: core.Unavailable}},           // the domain is being configured
		{"VOD.10136", verdict{kind: core.Unavailable}},           // the feature is off for now
		{"VOD.10053", verdict{kind: core.Invalid}},               // bad parameter
		{"VOD.10081", verdict{kind: core.Invalid}},               // bad parameter
		{"VST.10001", verdict{kind: core.Invalid}},               // bad parameter
		{"VOD.10109", verdict{kind: core.Invalid}},               // more than 10 URLs to preload
		{"VOD.10062", verdict{kind: core.NotFound}},              // no such asset
		{"VOD.10060", verdict{kind: core.NotReady}},              // the asset is not published
		{"VOD.10061", verdict{kind: core.NotReady}},              // the asset's state does not allow it
		{"VOD.10083", verdict{kind: core.NotReady}},              // the same
		{"VOD.10099", verdict{kind: core.Invalid}},               // the asset is blocked
		{"VOD.10088", verdict{kind: core.Invalid}},               // the domain is not enabled
		{"VOD.10089", verdict{kind: core.NotFound}},              // no such domain
		{"VOD.10110", verdict{kind: core.Invalid}},               // the asset has no enabled domain
		{"VOD.10054", verdict{kind: core.Unauthenticated}},       // authentication failed
		{"VST.10004", verdict{kind: core.Unauthenticated}},       // the same
		{"VOD.10055", verdict{kind: core.Forbidden}},             // no real-name check
		{"VOD.10056", verdict{kind: core.Forbidden}},             // abnormal account
		{"VOD.10057", verdict{kind: core.Forbidden}},             // the project ID is another's
		{"VOD.10074", verdict{kind: core.Forbidden}},             // no permission
		{"VOD.10111", verdict{kind: core.Forbidden}},             // no permission
		{"VOD.10133", verdict{kind: core.Forbidden}},             // no permission
		{"VOD.10138", verdict{kind: core.Forbidden}},             // no permission
		{"VOD.10078", verdict{kind: core.Forbidden}},             // the trial is used up, not the day
		{"VOD.10120", verdict{kind: core.Forbidden}},             // arrears
		{"VOD.10132", verdict{kind: core.Forbidden}},             // frozen account
		{"VOD.10058", verdict{kind: core.Internal}},              // wrong method
		{"VOD.10059", verdict{kind: core.Internal}},              // wrong content type
		{"APIGW.0101", verdict{kind: core.Internal}},             // no such API: the endpoint is not VOD's
		{"APIGW.0201", verdict{}},                                // 413: too long; 500, 502, 504: the backend
		{"APIGW.0301", verdict{kind: core.Unauthenticated}},      // signature, key or clock
		{"APIGW.0303", verdict{kind: core.Unauthenticated}},      // app authentication
		{"APIGW.0305", verdict{kind: core.Unauthenticated}},      // the same
		{"APIGW.0307", verdict{kind: core.Unauthenticated}},      // the token is to be renewed
		{"APIGW.0302", verdict{kind: core.Forbidden}},            // not authorised
		{"APIGW.0304", verdict{kind: core.Forbidden}},            // the same
		{"APIGW.0306", verdict{kind: core.Forbidden}},            // the same
		{"APIGW.0310", verdict{kind: core.Forbidden}},            // project unavailable
		{"APIGW.0401", verdict{kind: core.Forbidden}},            // access control
		{"APIGW.0402", verdict{kind: core.Forbidden}},            // the same
		{"APIGW.0404", verdict{kind: core.Forbidden}},            // the same
		{"APIGW.0501", verdict{kind: core.Forbidden}},            // the app's package is used up
		{"APIGW.0502", verdict{kind: core.Forbidden}},            // the same
		{"APIGW.0802", verdict{kind: core.Forbidden}},            // the user is in a restricted region
		{"APIGW.0602", verdict{kind: core.Invalid}},              // bad path or body
		{"APIGW.0601", verdict{kind: core.Unavailable}},          // the gateway's own
		{"APIGW.0605", verdict{kind: core.Unavailable}},          // the same
		{"APIGW.0606", verdict{kind: core.Unavailable}},          // the same
		{"APIGW.0608", verdict{kind: core.Unavailable}},          // the same
		{"APIGW.0610", verdict{kind: core.Unavailable}},          // the backend's address
		{"APIGW.0613", verdict{kind: core.Unavailable}},          // IAM cannot be reached
		{"APIGW.0705", verdict{kind: core.Unavailable}},          // the service that checks signatures
	}
}

// classify says what a code means, and when the limit behind it lets go; for one
// that the table does not know, the HTTP status decides.
func classify(name string) (core.Kind, time.Duration) {
	row := rowOf(name)
	return row.kind, row.retryAfter
}

// rowOf returns the row of a code, an empty one for a code without.
func rowOf(name string) code {
	if number, old := strings.CutPrefix(name, "APIG."); old {
		name = "APIGW." + number
	}
	for _, row := range codes() {
		if row.name == name {
			return row
		}
	}
	return code{}
}
