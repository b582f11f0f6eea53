package oss

import (
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the documented protocol
	"crypto/sha1" //nolint:gosec // the documented protocol
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// subResources are the parameters of a query that are part of what is signed:
// those of the operations that exist here.
func subResources() []string { return []string{"partNumber", "uploadId", "uploads"} }

// stringToSign is what version 1 of the signature signs: method, Content-MD5,
// Content-Type and date, a line each, the x-oss- headers in the order of their
// names, and the bucket, the object and the sub-resources.
//
// Source: "Include signatures in the Authorization header" (V1), Alibaba Cloud
// OSS. The object's name is signed as it is, not as the URL encodes it.
func stringToSign(r *http.Request, bucket string, query url.Values) string {
	lines := []string{r.Method, r.Header.Get("Content-MD5"), r.Header.Get("Content-Type"), dateOf(r)}
	var headers []string
	for name, values := range r.Header {
		if name := strings.ToLower(name); strings.HasPrefix(name, "x-oss-") {
			headers = append(headers, name+":"+strings.TrimSpace(values[0]))
		}
	}
	slices.Sort(headers)
	var resources []string
	for _, name := range subResources() {
		switch {
		case query.Get(name) != "":
			resources = append(resources, name+"="+query.Get(name))
		case query.Has(name):
			resources = append(resources, name)
		}
	}
	resource := "/" + bucket + r.URL.Path
	if len(resources) > 0 {
		resource += "?" + strings.Join(resources, "&")
	}
	return strings.Join(slices.Concat(lines, headers, []string{resource}), "\n")
}

// signed compares a signature with the right one in constant time.
func signed(key secret.Value, text, signature string) bool {
	given, err := base64.StdEncoding.Strict().DecodeString(signature)
	if err != nil {
		return false
	}
	mac := hmac.New(sha1.New, []byte(key.Reveal()))
	mac.Write([]byte(text))
	return hmac.Equal(given, mac.Sum(nil))
}

// checkDigest compares a body with its Content-MD5, if it has one.
func checkDigest(given string, body []byte) error {
	sum := md5.Sum(body) //nolint:gosec // the documented protocol
	if given != "" && given != base64.StdEncoding.EncodeToString(sum[:]) {
		return refuse(invalidDigest)
	}
	return nil
}
