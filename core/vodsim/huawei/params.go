package huawei

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/url"
	"slices"
	"unicode/utf8"
)

// The most that one call takes.
const (
	maxTargets   = 10     // asset IDs or URLs
	maxURLLength = 10_240 // characters of a URL
)

// checkParams refuses a query with a parameter that the operation does not
// know. The platform ignores it.
func (q request) checkParams() *refusal {
	for _, name := range slices.Sorted(maps.Keys(q.query)) {
		if !slices.Contains(q.op.params, name) {
			return illegal(name)
		}
	}
	return nil
}

// single is the value of a parameter that must be there once.
func (q request) single(name string) (string, *refusal) {
	if values := q.query[name]; len(values) == 1 && values[0] != "" {
		return values[0], nil
	}
	return "", illegal(name)
}

// decode reads the body into a struct that has every member which the operation
// knows; the platform ignores others.
func (q request) decode(into any) *refusal {
	decoder := json.NewDecoder(bytes.NewReader(q.body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(into) != nil {
		return illegal("body")
	}
	if _, err := decoder.Token(); err != io.EOF {
		return illegal("body")
	}
	return nil
}

// checkIDs refuses a list of asset IDs that is too long or has an empty one.
func checkIDs(field string, ids []string) *refusal {
	if len(ids) > maxTargets || slices.Contains(ids, "") {
		return illegal(field)
	}
	return nil
}

// checkURLs refuses a list that is too long, or has a URL that is, or one that
// is no absolute http URL. Whether it must belong to an asset of the account is
// not documented; here it need not.
func checkURLs(urls []string) *refusal {
	if len(urls) > maxTargets {
		return illegal("urls")
	}
	for _, text := range urls {
		u, err := url.Parse(text)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || utf8.RuneCountInString(text) > maxURLLength {
			return illegal("urls")
		}
	}
	return nil
}
