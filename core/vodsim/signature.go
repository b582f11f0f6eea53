package vodsim

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // HMAC-SHA1 is the documented protocol
	"crypto/subtle"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// timestampWindow is how far a Timestamp may lie from the platform's clock, on
// either side. The width is the gateway's, known from other products.
const timestampWindow = 15 * time.Minute

// timestampLayout is the form of Timestamp, always UTC.
const timestampLayout = "2006-01-02T15:04:05Z"

// protocolParams are the parameters of the protocol, the same for every
// action; true for those that must be there.
func protocolParams() map[string]bool {
	return map[string]bool{
		"Action": true, "Version": true, "AccessKeyId": true, "Timestamp": true,
		"SignatureMethod": true, "SignatureVersion": true, "SignatureNonce": true, "Signature": true,
		"SignatureType": false, "Format": false, "RegionId": false, "SecurityToken": false,
	}
}

// checkProtocol refuses what is no RPC call of this version at all.
func checkProtocol(r *http.Request, params url.Values) *refusal {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		return refuse(methodNotAllowed)
	}
	if r.URL.Path != "/" && r.URL.Path != "" {
		return refuse(actionNotFound)
	}
	for name, values := range params {
		if len(values) > 1 {
			return invalidParameter(name)
		}
	}
	required := protocolParams()
	for _, name := range slices.Sorted(maps.Keys(required)) {
		if required[name] && params.Get(name) == "" {
			return missingParameter(name)
		}
	}
	for name, want := range map[string]string{
		"Version": apiVersion, "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0", "SignatureType": "", "Format": "JSON",
	} {
		if params.Has(name) && params.Get(name) != want {
			return invalidParameter(name)
		}
	}
	return nil
}

// authenticate finds out whether the account itself signed the call, and when.
func (s *Server) authenticate(r *http.Request, q request) (signed time.Time, refused *refusal) {
	if s.cfg.AccessKeyID == "" || q.get("AccessKeyId") != s.cfg.AccessKeyID {
		return time.Time{}, refuse(keyNotFound)
	}
	signed, err := time.Parse(timestampLayout, q.get("Timestamp"))
	if err != nil {
		return time.Time{}, refuse(illegalTimestamp)
	}
	if q.at.Sub(signed).Abs() > timestampWindow {
		return time.Time{}, refuse(timestampExpired)
	}
	text := stringToSign(r.Method, q.params)
	if !s.signed(text, q.get("Signature")) {
		// The text comes back, access key and token included: that is what the
		// platform does, and a driver must keep it out of its own errors.
		return time.Time{}, &refusal{
			http.StatusBadRequest, "SignatureDoesNotMatch",
			"Specified signature is not matched with our calculation. server string to sign is:" + text,
		}
	}
	return signed, s.checkToken(q.get("SecurityToken"))
}

// signed compares a signature with the right one in constant time. An account
// without a secret has none.
func (s *Server) signed(text, signature string) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil || s.cfg.AccessKeySecret.Empty() {
		return false
	}
	mac := hmac.New(sha1.New, []byte(s.cfg.AccessKeySecret.Reveal()+"&"))
	mac.Write([]byte(text))
	return hmac.Equal(given, mac.Sum(nil))
}

func (s *Server) checkToken(given string) *refusal {
	want := s.cfg.SecurityToken.Reveal()
	switch {
	case given == "" && want == "":
		return nil
	case given == "":
		return refuse(tokenMissing)
	case want == "":
		return refuse(tokenUnexpected)
	case subtle.ConstantTimeCompare([]byte(given), []byte(want)) == 0:
		return refuse(tokenExpired)
	default:
		return nil
	}
}

// stringToSign is METHOD&%2F& and the encoded query of all parameters but the
// signature, in the order of their names, encoded once more.
//
// Source: "Signature mechanism" of the RPC style, Alibaba Cloud OpenAPI.
func stringToSign(method string, params url.Values) string {
	var pairs []string
	for name, values := range params {
		if name != "Signature" {
			pairs = append(pairs, encode(name)+"="+encode(values[0]))
		}
	}
	slices.Sort(pairs)
	return method + "&" + encode("/") + "&" + encode(strings.Join(pairs, "&"))
}

// encode is the percent-encoding of RFC 3986: all but A-Z a-z 0-9 - _ . ~.
func encode(text string) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for _, c := range []byte(text) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-_.~", c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&15]})
		}
	}
	return b.String()
}
