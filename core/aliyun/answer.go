package aliyun

import (
	"encoding/json"
	"time"

	"github.com/vodrefresh/vodrefresh/core/wire"
)

// maxAnswer is the most bytes of an answer that are read. The longest known
// answer, 50 tasks of a refresh, has some 30 KiB.
const maxAnswer = 1 << 20

// envelope is what every answer may have at its top.
type envelope struct {
	Code      any
	Message   any
	RequestId any //nolint:revive // the API's spelling
}

// refusal returns the error that an answer amounts to, or nil for an answer
// worth decoding.
func refusal(a *wire.Answer, op string, keys Credentials, now time.Time) error {
	var top envelope
	err := json.Unmarshal(a.Body, &top)
	judge := wire.Judge{Op: op, Now: now, Classify: classify, Redact: func(text string) string { return redact(text, keys) }}
	return judge.Refusal(a, wire.Envelope{Object: err == nil, Code: top.Code, Message: top.Message, RequestID: wire.Token(top.RequestId)})
}

// redact makes a text of the provider fit for an error: nothing of it is left if
// it names a key or token, or quotes a signed query.
func redact(text string, keys Credentials) string {
	return wire.Redact(text, keys.AccessKeyID, keys.AccessKeySecret.Reveal(), keys.SecurityToken.Reveal(),
		"Signature=", "SecurityToken=", "AccessKeyId")
}
