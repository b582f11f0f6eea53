package aliyun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vodrefresh/vodrefresh/core"
)

// answer is what came back from the endpoint, read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// envelope is what every answer may have at its top.
type envelope struct {
	Code      any
	Message   any
	RequestId any //nolint:revive // the API's spelling
}

// refusal returns the error that the answer amounts to, or nil for an answer
// worth decoding: HTTP 2xx, a JSON object, no Code in it or an empty one.
func (a *answer) refusal(op string, keys Credentials, now time.Time) error {
	e := &core.Error{Op: op, RetryAfter: retryAfter(a.header, now)}
	var top envelope
	err := json.Unmarshal(a.body, &top)
	ok := a.status >= 200 && a.status < 300
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
		e.Message = fmt.Sprintf("the answer, HTTP %d, is empty", a.status)
	case err != nil:
		e.Message = fmt.Sprintf("the answer, HTTP %d, is no JSON object: %d bytes of %s", a.status, len(a.body), mediaType(a.header))
	case ok && (top.Code == nil || top.Code == ""):
		return nil
	}
	e.RequestID = token(top.RequestId)
	if e.Code = token(top.Code); e.Code == "" {
		e.Kind = kindWithoutCode(a.status)
		if e.Message == "" {
			e.Message = fmt.Sprintf("refused with HTTP %d and no error code", a.status)
		}
		return e
	}
	v := classify(e.Code, a.status)
	e.Kind = v.kind
	if e.RetryAfter == 0 {
		e.RetryAfter = v.retryAfter
	}
	text, _ := top.Message.(string)
	switch text = redact(text, keys); {
	case e.Kind == core.Unauthenticated:
		// The provider's own words quote the key ID and the signed text.
		e.Message = "key, token or signature refused"
	case text != "":
		e.Message = text
	default:
		e.Message = fmt.Sprintf("refused with HTTP %d", a.status)
	}
	return e
}

// tokenForm matches codes and IDs of the provider.
var tokenForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,128}$`)

// token is a value that may stand in an error text as it is: a string such as
// a code or a request ID. Anything else, a number included, is no such value.
func token(v any) string {
	s, _ := v.(string)
	if !tokenForm.MatchString(s) {
		return ""
	}
	return s
}

// redact makes a text of the provider fit for an error: one line, at most 200
// characters, no URL, and nothing at all if it names a key or token.
func redact(text string, keys Credentials) string {
	const most = 200
	for _, hidden := range []string{keys.AccessKeyID, keys.AccessKeySecret.Reveal(), keys.SecurityToken.Reveal()} {
		if hidden != "" && strings.Contains(text, hidden) {
			return ""
		}
	}
	if strings.Contains(text, "Signature=") || strings.Contains(text, "SecurityToken=") || strings.Contains(text, "AccessKeyId") {
		return ""
	}
	words := strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r)
	})
	for i, word := range words {
		if strings.Contains(word, "://") {
			words[i] = "(URL)"
		}
	}
	text = strings.Join(words, " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return text
}

// mediaType is the Content-Type without parameters.
func mediaType(header http.Header) string {
	kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || len(kind) > 64 {
		return "unknown type"
	}
	return kind
}

// retryAfter reads the Retry-After header, seconds or a date (RFC 9110,
// section 10.2.3); zero if there is none or it is past, at most a day.
func retryAfter(header http.Header, now time.Time) time.Duration {
	const most = 24 * time.Hour
	text := header.Get("Retry-After")
	var wait time.Duration
	if seconds, err := strconv.Atoi(text); err == nil {
		wait = time.Duration(min(seconds, int(most/time.Second))) * time.Second
	} else if at, err := http.ParseTime(text); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), most)
}
