package huawei

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/vodrefresh/vodrefresh/core/wire"
)

// maxAnswer is the most bytes of an answer that are read. The longest known
// answer is that of a task: ten URLs of 10 KiB, or every URL of ten assets.
const maxAnswer = 4 << 20

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

// open reads the top of an answer; false if it is no JSON object.
func open(a *wire.Answer) (top envelope, ok bool) {
	var nested struct {
		envelope

		Error json.RawMessage `json:"error"`
	}
	if json.Unmarshal(a.Body, &nested) != nil || !bytes.HasPrefix(bytes.TrimSpace(a.Body), []byte("{")) {
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
func requestID(a *wire.Answer) string {
	if id := wire.Token(a.Header.Get("X-Request-Id")); id != "" {
		return id
	}
	top, _ := open(a)
	return wire.Token(top.RequestID)
}

// refusal returns the error that an answer amounts to, or nil for an answer
// worth decoding.
func refusal(a *wire.Answer, op string, keys Credentials, now time.Time) error {
	top, object := open(a)
	code, message := top.code()
	judge := wire.Judge{Op: op, Now: now, Classify: classify, Redact: func(text string) string { return redact(text, keys) }}
	return judge.Refusal(a, wire.Envelope{Object: object, Code: code, Message: message, RequestID: requestID(a)})
}

// redact makes a text of the platform fit for an error: nothing of it is left if
// it names a key or token, or quotes headers.
func redact(text string, keys Credentials) string {
	return wire.Redact(text, keys.AccessKey, keys.SecretKey.Reveal(), keys.SecurityToken.Reveal(),
		"Signature=", "SDK-HMAC-SHA256", "Authorization", "X-Security-Token", "x-security-token")
}
