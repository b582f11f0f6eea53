package oss

import (
	"net/http"
	"net/url"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Verify tells whether a request is signed with a key.
func Verify(r *http.Request, bucket, key string) bool {
	query, err := url.ParseQuery(r.URL.RawQuery)
	_, signature, ok := credentials(r)
	return err == nil && ok && signed(secret.New(key), stringToSign(r, bucket, query), signature)
}
