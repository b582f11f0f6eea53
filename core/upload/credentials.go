package upload

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Platform is what a platform says of uploads, and gives to those who make them.
// Both methods are safe for concurrent use, and their errors those of a
// [core.Provider].
type Platform interface {
	core.Library
	// RefreshUpload asks for new credentials of an upload. They are the right to
	// write the video's source, a finished one included.
	RefreshUpload(ctx context.Context, videoID string) (Credentials, error)
}

// Credentials let an upload client go on where it stopped. Both texts are
// base64 as the platform gave them, and secret.
type Credentials struct {
	RequestID     string
	VideoID       string
	UploadAddress secret.Value
	UploadAuth    secret.Value
	// Answer is the platform's whole answer, JSON, as it came.
	Answer secret.Value
	// Received is when the answer came, for texts that only say how long they live.
	Received time.Time
}

// Grant is what [Credentials] say once they are decoded: where the source goes,
// and with which temporary keys.
type Grant struct {
	Endpoint, Bucket, Object string
	Region                   string // of the keys; empty if the platform names none
	AccessKeyID              secret.Value
	AccessKeySecret          secret.Value
	SecurityToken            secret.Value
	Expiry                   time.Time
}

// wireAuth and wireAddress are the two texts without their base64. Expiration is
// how many seconds were left when the platform answered, a number or a text.
type (
	wireAuth struct {
		AccessKeyID     string          `json:"AccessKeyId"`
		AccessKeySecret string          `json:"AccessKeySecret"`
		SecurityToken   string          `json:"SecurityToken"`
		ExpireUTCTime   string          `json:"ExpireUTCTime"`
		Expiration      json.RawMessage `json:"Expiration"`
		Region          string          `json:"Region"`
	}
	wireAddress struct{ Endpoint, Bucket, FileName string }
)

// expiry returns when the keys end: at ExpireUTCTime, or, where that is absent,
// Expiration seconds after Received.
//
// Source: RefreshUploadVideo; the official Android SDK reads them in this order.
func (c Credentials) expiry(auth wireAuth) (time.Time, error) {
	if auth.ExpireUTCTime != "" {
		at, err := time.Parse(time.RFC3339, auth.ExpireUTCTime)
		if err != nil {
			return time.Time{}, c.malformed("UploadAuth has an ExpireUTCTime that is no time of RFC 3339")
		}
		return at, nil
	}
	text := string(auth.Expiration)
	_ = json.Unmarshal(auth.Expiration, &text) // a number stays as it is
	const most = 36 * 60 * 60                  // seconds: no STS token lives as long
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 0 || seconds > most {
		return time.Time{}, c.malformed("UploadAuth does not say when it expires")
	}
	return c.Received.Add(time.Duration(seconds) * time.Second), nil
}

// Grant decodes the credentials. The error is of kind Internal and names what is
// missing: the official upload SDKs do nothing at all without it.
func (c Credentials) Grant() (Grant, error) {
	var auth wireAuth
	var address wireAddress
	if err := c.decode("UploadAuth", c.UploadAuth, &auth); err != nil {
		return Grant{}, err
	}
	if err := c.decode("UploadAddress", c.UploadAddress, &address); err != nil {
		return Grant{}, err
	}
	expiry, err := c.expiry(auth)
	if err != nil {
		return Grant{}, err
	}
	for _, member := range []struct{ name, value string }{
		{"UploadAuth has no AccessKeyId", auth.AccessKeyID},
		{"UploadAuth has no AccessKeySecret", auth.AccessKeySecret},
		{"UploadAuth has no SecurityToken", auth.SecurityToken},
		{"UploadAddress has no Endpoint", address.Endpoint},
		{"UploadAddress has no Bucket", address.Bucket},
		{"UploadAddress has no FileName", address.FileName},
	} {
		if member.value == "" {
			return Grant{}, c.malformed(member.name)
		}
	}
	return Grant{
		Endpoint: address.Endpoint, Bucket: address.Bucket, Object: address.FileName, Region: auth.Region,
		AccessKeyID: secret.New(auth.AccessKeyID), AccessKeySecret: secret.New(auth.AccessKeySecret),
		SecurityToken: secret.New(auth.SecurityToken), Expiry: expiry,
	}, nil
}

// decode reads one of the two texts.
func (c Credentials) decode(name string, text secret.Value, into any) error {
	data, err := base64.StdEncoding.DecodeString(text.Reveal())
	if err != nil || json.Unmarshal(data, into) != nil {
		return c.malformed(name + " is not the base64 of a JSON object with the documented members")
	}
	return nil
}

// malformed is the error for an answer of the platform that cannot be right.
func (c Credentials) malformed(what string) error {
	return &core.Error{Kind: core.Internal, Op: "RefreshUploadVideo", RequestID: core.Shorten(c.RequestID), Message: "the answer's " + what}
}
