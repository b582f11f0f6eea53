package aliyun_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
)

// One case at least for each row of the table; the rows are named so that a
// new one without a case is found.
func TestCodes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		row    string
		code   string
		status int
		kind   core.Kind
		after  time.Duration
	}{
		{"QuotaExceeded*", "QuotaExceeded.Refresh", 400, core.QuotaExceeded, 0},
		{"QuotaPerMinuteExceeded*", "QuotaPerMinuteExceeded.Refresh", 400, core.Throttled, time.Minute},
		{"PreloadQueueFull", "PreloadQueueFull", 403, core.Throttled, time.Minute},
		{"Throttling*", "Throttling", 503, core.Throttled, 0},
		{"Throttling*", "Throttling.User", 400, core.Throttled, 0},
		{"ServiceBusy", "ServiceBusy", 403, core.Unavailable, 0},
		{"ServiceUnAvailable", "ServiceUnAvailable", 503, core.Unavailable, 0},
		{"ServiceUnavailable*", "ServiceUnavailable", 503, core.Unavailable, 0},
		{"System.Busy", "System.Busy", 400, core.Unavailable, 0},
		{"InternalError*", "InternalError", 500, core.Unavailable, 0},
		{"InternalError*", "InternalError.Storage", 400, core.Unavailable, 0},
		{"InvalidDomain.Configure_failed", "InvalidDomain.Configure_failed", 500, core.Unavailable, 0},
		{"SignatureNonceUsed", "SignatureNonceUsed", 400, core.Unavailable, 0},
		{"Forbidden.IllegalStatus", "Forbidden.IllegalStatus", 403, core.NotReady, 0},
		{"InvalidSecurityToken*", "InvalidSecurityToken.Expired", 400, core.Unauthenticated, 0},
		{"InvalidAccessKey*", "InvalidAccessKeyId.NotFound", 404, core.Unauthenticated, 0},
		{"InvalidAccessKey*", "InvalidAccessKeyId", 403, core.Unauthenticated, 0},
		{"SecurityTokenExpired", "SecurityTokenExpired", 403, core.Unauthenticated, 0},
		{"SignatureDoesNotMatch", "SignatureDoesNotMatch", 400, core.Unauthenticated, 0},
		{"IncompleteSignature", "IncompleteSignature", 400, core.Unauthenticated, 0},
		{"InvalidSignature*", "InvalidSignature", 400, core.Unauthenticated, 0},
		{"IllegalTimestamp", "IllegalTimestamp", 400, core.Unauthenticated, 0},
		{"InvalidTimeStamp*", "InvalidTimeStamp.Expired", 400, core.Unauthenticated, 0},
		{"MissingAccessKeyId", "MissingAccessKeyId", 400, core.Unauthenticated, 0},
		{"MissingSecurityToken", "MissingSecurityToken", 400, core.Unauthenticated, 0},
		{"InvalidAction.NotFound", "InvalidAction.NotFound", 404, core.Internal, 0},
		{"InvalidApi.NotFound", "InvalidApi.NotFound", 404, core.Internal, 0},
		{"InvalidVersion*", "InvalidVersion", 400, core.Internal, 0},
		{"Forbidden*", "Forbidden", 403, core.Forbidden, 0},
		{"Forbidden*", "Forbidden.RAM", 403, core.Forbidden, 0},
		{"NoPermission*", "NoPermission", 403, core.Forbidden, 0},
		{"OperationDenied*", "OperationDenied", 403, core.Forbidden, 0},
		{"OperationDenied*", "OperationDenied.Suspended", 403, core.Forbidden, 0},
		{"IllegalOperation*", "IllegalOperation", 403, core.Forbidden, 0},
		{"*.NotFound", "InvalidVideo.NotFound", 404, core.NotFound, 0},
		{"*.NotFound", "InvalidDomain.NotFound", 404, core.NotFound, 0},
		{"Missing*", "MissingParameter", 400, core.Invalid, 0},
		{"Invalid*", "InvalidParameter", 400, core.Invalid, 0},
		{"Invalid*", "InvalidVideo.Damaged", 400, core.Invalid, 0},
		{"Invalid*", "InvalidDomain.Offline", 404, core.Invalid, 0},
		{"Invalid*", "InvalidObjectPath.Size.Malformed", 400, core.Invalid, 0},
		{"Invalid*", "InvalidExtensiveDomain.ValueNotSupported", 400, core.Invalid, 0},

		{"", "BrandNew", 400, core.Invalid, 0},
		{"", "BrandNew", 403, core.Forbidden, 0},
	}
	var covered []string
	for _, tc := range cases {
		covered = append(covered, tc.row)
	}
	for _, row := range aliyun.CodeRows() {
		if !slices.Contains(covered, row) {
			t.Errorf("row %s has no case", row)
		}
	}
	for _, tc := range cases {
		t.Run(fmt.Sprintf("%s %d", tc.code, tc.status), func(t *testing.T) {
			t.Parallel()
			if row := aliyun.RowOf(tc.code); row != tc.row {
				t.Errorf("row %q holds, want %q", row, tc.row)
			}
			s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": refused(tc.status, tc.code, "so it is")})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			e := wantError(t, err, tc.kind, fmt.Sprintf("(%s, request REQ-1)", tc.code))
			if e.Op != "RefreshMediaPlayUrls" || e.Code != tc.code || e.RequestID != "REQ-1" || e.RetryAfter != tc.after {
				t.Errorf("error %#v", e)
			}
		})
	}
}

func TestProvidersWordsAreRedacted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, code, message string
		kind                core.Kind
		want                string // the message of the error
	}{
		{"plain", "InvalidVideo.NotFound", "The video does not exist.", core.NotFound, "The video does not exist."},
		{"URL", "InvalidParameter", "see https://cdn.example.com/a?auth_key=1 please", core.Invalid, "see (URL) please"},
		{"key ID", "Forbidden.RAM", "The user of " + keyID + " may not", core.Forbidden, "refused with HTTP 400"},
		{"token", "InvalidParameter", "token " + stsToken, core.Invalid, "refused with HTTP 400"},
		{"signed query", "InvalidParameter", "GET /?Signature=abc&x=1", core.Invalid, "refused with HTTP 400"},
		{
			"string to sign", "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. server string to sign is:GET&%2F&AccessKeyId%3D" +
				keyID + "%26SecurityToken%3D" + url.QueryEscape(stsToken),
			core.Unauthenticated, "key, token or signature refused",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"RefreshMediaPlayUrls": refused(400, tc.code, tc.message)})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			if e := wantError(t, err, tc.kind, "("+tc.code); e.Message != tc.want {
				t.Errorf("message %q, want %q", e.Message, tc.want)
			}
		})
	}
}
