package huawei_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/huawei"
)

// One case at least for each row of the table; the rows are named so that a
// new one without a case is found. A code has one verdict whatever the status.
func TestCodes(t *testing.T) {
	t.Parallel()
	const any403, any500 = http.StatusForbidden, http.StatusInternalServerError
	cases := []struct {
		row    string
		code   string
		status int
		kind   core.Kind
		after  time.Duration
	}{
		{"VOD.10086", "VOD.10086", any403, core.QuotaExceeded, 0},
		{"VOD.10087", "VOD.10087", any403, core.QuotaExceeded, 0},
		{"VOD.10087", "VOD.10087", 400, core.QuotaExceeded, 0},
		{"APIGW.0308", "APIGW.0308", 429, core.Throttled, 2 * time.Second},
		{"APIGW.0308", "APIG.0308", 429, core.Throttled, 2 * time.Second},
		{"VOD.10127", "VOD.10127", any403, core.Throttled, 0},
		{"VOD.10051", "VOD.10051", any403, core.Unavailable, 0},
		{"VOD.10051", "VOD.10051", any500, core.Unavailable, 0},
		{"VOD.10051", "VOD.10051", 400, core.Unavailable, 0},
		{"VOD.10052", "VOD.10052", any403, core.Unavailable, 0},
		{"VST.10002", "VST.10002", 400, core.Unavailable, 0},
		{"VST.10002", "VST.10002", any500, core.Unavailable, 0},
		{"VOD.10098", "VOD.10098", any403, core.Unavailable, 0},
		{"VOD.10136", "VOD.10136", any403, core.Unavailable, 0},
		{"VOD.10053", "VOD.10053", 400, core.Invalid, 0},
		{"VOD.10053", "VOD.10053", any500, core.Invalid, 0},
		{"VOD.10081", "VOD.10081", 400, core.Invalid, 0},
		{"VST.10001", "VST.10001", 400, core.Invalid, 0},
		{"VOD.10109", "VOD.10109", any403, core.Invalid, 0},
		{"VOD.10062", "VOD.10062", any403, core.NotFound, 0},
		{"VOD.10060", "VOD.10060", any403, core.NotReady, 0},
		{"VOD.10061", "VOD.10061", any403, core.NotReady, 0},
		{"VOD.10083", "VOD.10083", any403, core.NotReady, 0},
		{"VOD.10099", "VOD.10099", any403, core.Invalid, 0},
		{"VOD.10088", "VOD.10088", any403, core.Invalid, 0},
		{"VOD.10089", "VOD.10089", any403, core.NotFound, 0},
		{"VOD.10110", "VOD.10110", any403, core.Invalid, 0},
		{"VOD.10054", "VOD.10054", any403, core.Unauthenticated, 0},
		{"VST.10004", "VST.10004", 400, core.Unauthenticated, 0},
		{"VOD.10055", "VOD.10055", any403, core.Forbidden, 0},
		{"VOD.10056", "VOD.10056", any403, core.Forbidden, 0},
		{"VOD.10057", "VOD.10057", any403, core.Forbidden, 0},
		{"VOD.10074", "VOD.10074", any403, core.Forbidden, 0},
		{"VOD.10111", "VOD.10111", any403, core.Forbidden, 0},
		{"VOD.10133", "VOD.10133", any403, core.Forbidden, 0},
		{"VOD.10138", "VOD.10138", any403, core.Forbidden, 0},
		{"VOD.10078", "VOD.10078", any403, core.Forbidden, 0},
		{"VOD.10120", "VOD.10120", any403, core.Forbidden, 0},
		{"VOD.10132", "VOD.10132", any403, core.Forbidden, 0},
		{"VOD.10058", "VOD.10058", any403, core.Internal, 0},
		{"VOD.10059", "VOD.10059", any403, core.Internal, 0},
		{"APIGW.0101", "APIGW.0101", 404, core.Internal, 0},
		{"APIGW.0101", "APIG.0101", 404, core.Internal, 0},
		{"APIGW.0201", "APIGW.0201", 400, core.Invalid, 0},
		{"APIGW.0201", "APIGW.0201", 413, core.Invalid, 0},
		{"APIGW.0201", "APIGW.0201", 494, core.Internal, 0},
		{"APIGW.0201", "APIG.0201", 502, core.Unavailable, 0},
		{"APIGW.0301", "APIGW.0301", 401, core.Unauthenticated, 0},
		{"APIGW.0301", "APIG.0301", 401, core.Unauthenticated, 0},
		{"APIGW.0303", "APIGW.0303", 401, core.Unauthenticated, 0},
		{"APIGW.0305", "APIGW.0305", 401, core.Unauthenticated, 0},
		{"APIGW.0307", "APIGW.0307", 401, core.Unauthenticated, 0},
		{"APIGW.0302", "APIGW.0302", any403, core.Forbidden, 0},
		{"APIGW.0304", "APIGW.0304", any403, core.Forbidden, 0},
		{"APIGW.0306", "APIGW.0306", any403, core.Forbidden, 0},
		{"APIGW.0310", "APIGW.0310", any403, core.Forbidden, 0},
		{"APIGW.0401", "APIGW.0401", any403, core.Forbidden, 0},
		{"APIGW.0402", "APIGW.0402", any403, core.Forbidden, 0},
		{"APIGW.0404", "APIGW.0404", any403, core.Forbidden, 0},
		{"APIGW.0501", "APIGW.0501", 405, core.Forbidden, 0},
		{"APIGW.0502", "APIGW.0502", 405, core.Forbidden, 0},
		{"APIGW.0802", "APIGW.0802", any403, core.Forbidden, 0},
		{"APIGW.0602", "APIGW.0602", 400, core.Invalid, 0},
		{"APIGW.0601", "APIGW.0601", any500, core.Unavailable, 0},
		{"APIGW.0605", "APIGW.0605", any500, core.Unavailable, 0},
		{"APIGW.0606", "APIGW.0606", any500, core.Unavailable, 0},
		{"APIGW.0608", "APIGW.0608", any500, core.Unavailable, 0},
		{"APIGW.0610", "APIGW.0610", 502, core.Unavailable, 0},
		{"APIGW.0613", "APIG.0613", 503, core.Unavailable, 0},
		{"APIGW.0705", "APIGW.0705", any500, core.Unavailable, 0},

		{"", "VOD.99999", 400, core.Invalid, 0},
		{"", "VOD.99999", any403, core.Forbidden, 0},
		{"", "APIG.9999", any500, core.Unavailable, 0},
	}
	var covered []string
	for _, tc := range cases {
		covered = append(covered, tc.row)
	}
	seen := make(map[string]bool)
	for _, row := range huawei.CodeRows() {
		if !slices.Contains(covered, row) {
			t.Errorf("row %s has no case", row)
		}
		if seen[row] {
			t.Errorf("row %s is there twice", row)
		}
		seen[row] = true
	}
	for _, tc := range cases {
		t.Run(fmt.Sprintf("%s %d", tc.code, tc.status), func(t *testing.T) {
			t.Parallel()
			if row := huawei.RowOf(tc.code); row != tc.row {
				t.Errorf("row %q holds, want %q", row, tc.row)
			}
			s := serve(t, map[string]http.HandlerFunc{refreshAsset: refused(tc.status, tc.code, "so it is")})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			e := wantError(t, err, tc.kind, fmt.Sprintf("(%s, request REQ-1)", tc.code))
			if e.Op != "RefreshAsset" || e.Code != tc.code || e.RequestID != "REQ-1" || e.RetryAfter != tc.after {
				t.Errorf("error %#v", e)
			}
		})
	}
}

func TestPlatformsWordsAreRedacted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, code, message string
		kind                core.Kind
		want                string // the message of the error
	}{
		{"plain", "VOD.10062", "The asset does not exist.", core.NotFound, "The asset does not exist."},
		{"URL", "VOD.10053", "see https://cdn.example.com/a?auth_key=1 please", core.Invalid, "see (URL) please"},
		{"access key", "VOD.10074", "The user of " + accessKey + " may not", core.Forbidden, "refused with HTTP 400"},
		{"token", "VOD.10053", "token " + securityToken, core.Invalid, "refused with HTTP 400"},
		{"header", "VOD.10053", "SDK-HMAC-SHA256 Access=a, Signature=b", core.Invalid, "refused with HTTP 400"},
		{"header's name", "VOD.10053", "header Authorization is bad", core.Invalid, "refused with HTTP 400"},
		{
			"string to sign", "APIGW.0301",
			"Incorrect IAM authentication information: verify aksk signature fail, Authorization: SDK-HMAC-SHA256 Access=" + accessKey,
			core.Unauthenticated, "key, token or signature refused",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{refreshAsset: refused(400, tc.code, tc.message)})
			_, err := client(t, s.URL).Submit(t.Context(), refresh("m1"))
			if e := wantError(t, err, tc.kind, "("+tc.code); e.Message != tc.want {
				t.Errorf("message %q, want %q", e.Message, tc.want)
			}
		})
	}
}
