package aliyun

import (
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// verdict is what an error code means.
type verdict struct {
	kind       core.Kind
	retryAfter time.Duration // when the limit behind the code lets go, if known
}

// code is a row of the table. Its name is a code, or the beginning of codes
// (with * at the end), or their end (with * in front).
type code struct {
	name string
	verdict
}

// codes is the table from the provider's error codes to kinds; the first row
// that fits holds. Rows marked [R] are known from the gateway's practice, not
// from a page of VOD.
//
// Source: error codes of ApsaraVideo VOD, error tables of the refresh and
// preload operations, common errors of the RPC gateway.
func codes() []code {
	return []code{
		{"QuotaExceeded*", verdict{kind: core.QuotaExceeded}}, // .Refresh is documented, others are expected
		{"QuotaPerMinuteExceeded*", verdict{core.Throttled, time.Minute}},
		{"PreloadQueueFull", verdict{core.Throttled, time.Minute}},
		{"Throttling*", verdict{kind: core.Throttled}},

		{"ServiceBusy", verdict{kind: core.Unavailable}},        // the domain is being configured
		{"ServiceUnAvailable", verdict{kind: core.Unavailable}}, // spelt so
		{"ServiceUnavailable*", verdict{kind: core.Unavailable}},
		{"System.Busy", verdict{kind: core.Unavailable}},
		{"InternalError*", verdict{kind: core.Unavailable}},                 // theirs, and worth another try
		{"InvalidDomain.Configure_failed", verdict{kind: core.Unavailable}}, // HTTP 500
		{"SignatureNonceUsed", verdict{kind: core.Unavailable}},             // [R] a replay on the way: signed anew it passes
		{"Forbidden.IllegalStatus", verdict{kind: core.NotReady}},           // the event ran ahead of the media's state

		{"InvalidSecurityToken*", verdict{kind: core.Unauthenticated}}, // .Expired
		{"InvalidAccessKey*", verdict{kind: core.Unauthenticated}},     // InvalidAccessKeyId.NotFound [R]
		{"SecurityTokenExpired", verdict{kind: core.Unauthenticated}},
		{"SignatureDoesNotMatch", verdict{kind: core.Unauthenticated}},
		{"IncompleteSignature", verdict{kind: core.Unauthenticated}},  // [R]
		{"InvalidSignature*", verdict{kind: core.Unauthenticated}},    // [R]
		{"IllegalTimestamp", verdict{kind: core.Unauthenticated}},     // [R] the clock here is off
		{"InvalidTimeStamp*", verdict{kind: core.Unauthenticated}},    // [R]
		{"MissingAccessKeyId", verdict{kind: core.Unauthenticated}},   // [R]
		{"MissingSecurityToken", verdict{kind: core.Unauthenticated}}, // [R]

		{"InvalidAction.NotFound", verdict{kind: core.Internal}}, // [R] the endpoint is not VOD's
		{"InvalidApi.NotFound", verdict{kind: core.Internal}},    // [R]
		{"InvalidVersion*", verdict{kind: core.Internal}},        // [R]

		{"Forbidden*", verdict{kind: core.Forbidden}},       // the RAM policy says no
		{"NoPermission*", verdict{kind: core.Forbidden}},    // [R]
		{"OperationDenied*", verdict{kind: core.Forbidden}}, // the service is not opened; .Suspended: not paid
		{"IllegalOperation*", verdict{kind: core.Forbidden}},

		{"*.NotFound", verdict{kind: core.NotFound}}, // InvalidVideo.NotFound, InvalidDomain.NotFound
		{"Missing*", verdict{kind: core.Invalid}},    // MissingParameter, also with the name behind it
		{"Invalid*", verdict{kind: core.Invalid}},    // InvalidParameter, InvalidVideo.Damaged
	}
}

// classify says what a code means, and when the limit behind it lets go; for one
// that the table does not know, the HTTP status decides.
func classify(name string) (core.Kind, time.Duration) {
	for _, row := range codes() {
		if row.fits(name) {
			return row.kind, row.retryAfter
		}
	}
	return "", 0
}

func (c code) fits(name string) bool {
	if start, ok := strings.CutSuffix(c.name, "*"); ok {
		return strings.HasPrefix(name, start)
	}
	if end, ok := strings.CutPrefix(c.name, "*"); ok {
		return strings.HasSuffix(name, end)
	}
	return c.name == name
}
