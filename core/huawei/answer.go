package huawei

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

// envelope is what an answer may have at its top: the error members of VOD and
// of the gateway, and those of other services that a gateway passes on.
type envelope struct {
	ErrorCode any `json:"error_code"`
	ErrorMsg  any `json:"error_msg"`
	Code      any `json:"code"`
	Message   any `json:"message"`
	RequestID any `json:"request_id"`
}

// code returns the error code and its message.
func (e envelope) code() (code, message any) {
	if e.ErrorCode == nil && e.ErrorMsg == nil {
		return e.Code, e.Message
	}
	return e.ErrorCode, e.ErrorMsg
}

// open reads the top of the answer; false if it is no JSON object.
func (a *answer) open() (top envelope, ok bool) {
	var nested struct {
		envelope

		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(a.body, &nested) != nil || !bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("{")) {
		return envelope{}, false
	}
	if code, _ := nested.code(); code == nil && json.Unmarshal(nested.Error, &top) == nil {
		top.RequestID = nested.RequestID
		return top, true
	}
	return nested.envelope, true
}

// requestID is the platform's name for the call: the header's, or else the
// body's.
func (a *answer) requestID() string {
	if id := token(a.header.Get("X-Request-Id")); id != "" {
		return id
	}
	top, _ := a.open()
	return token(top.RequestID)
}

// refusal returns the error that the answer amounts to, or nil for an answer
// worth decoding: HTTP 2xx, a JSON object, no error code in it or an empty one.
func (a *answer) refusal(op string, keys Credentials, now time.Time) error {
	e := &core.Error{Op: op, RequestID: a.requestID(), RetryAfter: retryAfter(a.header, now)}
	top, object := a.open()
	code, message := top.code()
	ok := a.status >= 200 && a.status < 300
	switch {
	case len(bytes.TrimSpace(a.body)) == 0:
		e.Message = fmt.Sprintf("the answer, HTTP %d, is empty", a.status)
	case !object:
		e.Message = fmt.Sprintf("the answer, HTTP %d, is no JSON object: %d bytes of %s", a.status, len(a.body), mediaType(a.header))
	case ok && (code == nil || code == ""):
		return nil
	}
	if e.Code = token(code); e.Code == "" {
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
	text, _ := message.(string)
	switch text = redact(text, keys); {
	case e.Kind == core.Unauthenticated:
		// The gateway's own words quote the key and the signed text.
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
	for _, hidden := range []string{keys.AccessKey, keys.SecretKey.Reveal(), keys.SecurityToken.Reveal()} {
		if hidden != "" && strings.Contains(text, hidden) {
			return ""
		}
	}
	for _, mark := range []string{"Signature=", "SDK-HMAC-SHA256", "Authorization", "X-Security-Token", "x-security-token"} {
		if strings.Contains(text, mark) {
			return ""
		}
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
