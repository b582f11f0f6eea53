package credentials

import (
	"bytes"
	"encoding/json"
	"net/url"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
)

// Decoded is the body of an answer to ?view=decoded: what the native OSS SDKs take.
type Decoded struct {
	RequestID       string `json:"requestId"`
	VideoID         string `json:"videoId"`
	Endpoint        string `json:"endpoint"` // with its scheme, as the platform gives it
	Bucket          string `json:"bucket"`
	Object          string `json:"object"`
	Region          string `json:"region,omitempty"`
	AccessKeyID     string `json:"accessKeyId"`
	AccessKeySecret string `json:"accessKeySecret"`
	SecurityToken   string `json:"securityToken"`
	Expiry          string `json:"expiry"` // RFC 3339
}

// view makes a body of credentials.
type view func(upload.Credentials) ([]byte, error)

// viewOf is the view that a query asks for.
func viewOf(query url.Values) (view, error) {
	switch text := query.Get("view"); text {
	case "":
		return verbatim, nil
	case "decoded":
		return decoded, nil
	default:
		return nil, wrong("view", text, "must be decoded, or not be there")
	}
}

// overwriteOf reads overwrite=true.
func overwriteOf(query url.Values) (bool, error) {
	switch text := query.Get("overwrite"); text {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, wrong("overwrite", text, "must be true or false")
	}
}

func wrong(field, value, detail string) error {
	return &core.Error{
		Kind: core.Invalid, Message: "invalid request",
		Fields: []core.FieldError{{Field: field, Value: value, Detail: detail}},
	}
}

// verbatim is the platform's own answer.
func verbatim(given upload.Credentials) ([]byte, error) {
	return []byte(given.Answer.Reveal()), nil
}

func decoded(given upload.Credentials) ([]byte, error) {
	grant, err := given.Grant()
	if err != nil {
		return nil, err
	}
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err = encoder.Encode(Decoded{
		RequestID: given.RequestID, VideoID: given.VideoID,
		Endpoint: grant.Endpoint, Bucket: grant.Bucket, Object: grant.Object, Region: grant.Region,
		AccessKeyID: grant.AccessKeyID.Reveal(), AccessKeySecret: grant.AccessKeySecret.Reveal(),
		SecurityToken: grant.SecurityToken.Reveal(), Expiry: grant.Expiry.UTC().Format(time.RFC3339),
	})
	return body.Bytes(), err
}
