package huawei

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// The headers of the protocol, in the canonical form of net/http.
const (
	headerDate    = "X-Sdk-Date"
	headerProject = "X-Project-Id"
	headerToken   = "X-Security-Token"
)

// algorithm is the only way of signing that is taken. SDKs know others, with a
// derived key or Chinese ciphers; VOD needs none of them.
const algorithm = "SDK-HMAC-SHA256"

// dateLayout is the form of X-Sdk-Date, always UTC.
const dateLayout = "20060102T150405Z"

// dateWindow is how far X-Sdk-Date may lie from the platform's clock, on either
// side. The width is well known, but found in no document.
const dateWindow = 15 * time.Minute

// authorization is what the Authorization header says.
type authorization struct {
	access    string
	headers   []string // the signed ones: lower case, sorted
	signature []byte
}

// parseAuthorization reads "SDK-HMAC-SHA256 Access=..., SignedHeaders=...,
// Signature=...".
func parseAuthorization(text string) (a authorization, ok bool) {
	rest, ok := strings.CutPrefix(text, algorithm+" ")
	if !ok {
		return authorization{}, false
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		if _, double := fields[name]; double || value == "" {
			return authorization{}, false
		}
		fields[name] = value
	}
	a.access, a.headers = fields["Access"], strings.Split(fields["SignedHeaders"], ";")
	signature, err := hex.DecodeString(fields["Signature"])
	a.signature = signature
	legal := err == nil && len(fields) == 3 && a.access != "" && slices.IsSorted(a.headers) &&
		fields["Signature"] == strings.ToLower(fields["Signature"]) && fields["SignedHeaders"] == strings.ToLower(fields["SignedHeaders"])
	return a, legal
}

// authenticate finds out whether the account itself signed the call.
func (s *Server) authenticate(r *http.Request, q request) *refusal {
	given, ok := parseAuthorization(r.Header.Get("Authorization"))
	if !ok {
		return unauthenticated("the Authorization header is missing or malformed")
	}
	if s.cfg.AccessKey == "" || given.access != s.cfg.AccessKey {
		// The access key comes back, as on the platform: a driver must keep it out
		// of its own errors.
		return unauthenticated("get secretKey failed,ak:" + given.access + ",err:ak not exist")
	}
	signed, err := time.Parse(dateLayout, r.Header.Get(headerDate))
	if err != nil {
		return unauthenticated("the X-Sdk-Date header is missing or not of the form YYYYMMDDTHHMMSSZ")
	}
	if q.at.Sub(signed).Abs() > dateWindow {
		return unauthenticated("the X-Sdk-Date header differs from the server time by more than 15 minutes")
	}
	for _, name := range []string{headerDate, headerProject, headerToken} {
		if r.Header.Get(name) != "" && !slices.Contains(given.headers, strings.ToLower(name)) {
			return unauthenticated("the header " + name + " is not signed")
		}
	}
	text, ok := canonicalRequest(r, given.headers, q.body)
	if !ok {
		return unauthenticated("a signed header is missing or there more than once")
	}
	if s.cfg.SecretKey.Empty() || !hmac.Equal(given.signature, sign(s.cfg.SecretKey.Reveal(), r.Header.Get(headerDate), text)) {
		// The text comes back, token included, in the way the gateway shows it.
		return unauthenticated("verify aksk signature fail, canonicalRequest:" + strings.ReplaceAll(text, "\n", "|"))
	}
	return s.checkToken(r.Header.Get(headerToken))
}

func (s *Server) checkToken(given string) *refusal {
	if subtle.ConstantTimeCompare([]byte(given), []byte(s.cfg.SecurityToken.Reveal())) == 1 {
		return nil
	}
	return unauthenticated("the security token is missing, expired or of another access key")
}

// sign is the signature of a canonical request.
//
// Source: "Signing algorithm", API signing guide.
func sign(secretKey, date, canonical string) []byte {
	sum := sha256.Sum256([]byte(canonical))
	mac := hmac.New(sha256.New, []byte(secretKey))
	mac.Write([]byte(algorithm + "\n" + date + "\n" + hex.EncodeToString(sum[:])))
	return mac.Sum(nil)
}

// canonicalRequest is the text whose hash is signed. It is not ok if a signed
// header is not there exactly once.
func canonicalRequest(r *http.Request, signedHeaders []string, body []byte) (text string, ok bool) {
	var headers strings.Builder
	for _, name := range signedHeaders {
		values := r.Header.Values(name)
		if name == "host" {
			values = []string{r.Host} // net/http keeps it apart
		}
		if len(values) != 1 {
			return "", false
		}
		headers.WriteString(name + ":" + strings.TrimSpace(values[0]) + "\n")
	}
	sum := sha256.Sum256(body)
	return strings.Join([]string{
		r.Method, canonicalPath(r.URL), canonicalQuery(r.URL.Query()), headers.String(),
		strings.Join(signedHeaders, ";"), hex.EncodeToString(sum[:]),
	}, "\n"), true
}

// canonicalPath is the path with each segment encoded; it always ends in a
// slash.
func canonicalPath(u *url.URL) string {
	segments := strings.Split(u.EscapedPath(), "/")
	for i, segment := range segments {
		plain, _ := url.PathUnescape(segment) // it was escaped by net/url
		segments[i] = encode(plain)
	}
	return strings.TrimSuffix(strings.Join(segments, "/"), "/") + "/"
}

// canonicalQuery is the query in the order of names, and of values where a name
// has several.
func canonicalQuery(query url.Values) string {
	sorted := url.Values{}
	for name, values := range query {
		sorted[name] = slices.Sorted(slices.Values(values))
	}
	return strings.ReplaceAll(sorted.Encode(), "+", "%20")
}

// encode is the percent-encoding of RFC 3986: all but A-Z a-z 0-9 - _ . ~.
func encode(text string) string { return strings.ReplaceAll(url.QueryEscape(text), "+", "%20") }
