package huawei

import (
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
)

// CanonicalRequest is the text that is signed for a request, given the signed
// headers as the Authorization header lists them.
func CanonicalRequest(r *http.Request, signedHeaders string, body []byte) (text string, ok bool) {
	return canonicalRequest(r, strings.Split(signedHeaders, ";"), body)
}

// Signature is the signature of a canonical request in hexadecimal.
func Signature(secretKey, date, canonical string) string {
	return hex.EncodeToString(sign(secretKey, date, canonical))
}

// Operations are the names of the operations, sorted.
func Operations() []string {
	var names []string
	for _, op := range operations() {
		names = append(names, op.name)
	}
	slices.Sort(names)
	return names
}
