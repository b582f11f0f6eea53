package huawei

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// SignMFS returns the two headers that MFS would send at a time with a message:
// the text in member message of the body, or that member as it is written if it
// is an object, or the whole body. The time stamp is in milliseconds.
//
// Source: VOD user guide, "Notification Settings".
func SignMFS(key secret.Value, at time.Time, message string) http.Header {
	timestamp := strconv.FormatInt(at.UnixMilli(), 10)
	h := http.Header{}
	h.Set(HeaderTimestamp, timestamp)
	h.Set(HeaderSign, hex.EncodeToString(digest(key, timestamp, []byte(message))))
	return h
}

// SMNMessage is what SMN would send.
type SMNMessage struct {
	Sort           Sort   // empty: Notification
	Topic          string // the topic's URN
	ID             string // 32 hexadecimal digits
	Time           time.Time
	Message        string
	Subject        string       // of a notification; left out if empty
	SubscribeURL   secret.Value // of either confirmation
	CertificateURL string       // see CertificateURL
}

// SignSMN returns the headers and the body that SMN would send. The fraction of
// a second is dropped. An error is the key's.
//
// Source: SMN user guide, "HTTP/HTTPS message format" and "Verifying message
// signatures".
func SignSMN(key *rsa.PrivateKey, m SMNMessage) (http.Header, []byte, error) {
	e := envelope{
		sort: cmp.Or(m.Sort, Notification), topic: m.Topic, id: m.ID, message: m.Message, subject: m.Subject,
		timestamp: m.Time.UTC().Format(time.RFC3339), subscribe: m.SubscribeURL.Reveal(),
	}
	sum := sha256.Sum256([]byte(e.stringsToSign()[0]))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		return nil, nil, err
	}
	body, err := json.Marshal(wire{
		Type: e.sort, Signature: base64.StdEncoding.EncodeToString(signature), SignatureVersion: "v1",
		TopicURN: e.topic, MessageID: e.id, Message: e.message, Subject: e.subject, Timestamp: e.timestamp,
		SubscribeURL: e.subscribe, SigningCertURL: m.CertificateURL,
	})
	h := http.Header{}
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set(HeaderMessageType, string(e.sort))
	h.Set(HeaderMessageID, e.id)
	h.Set(HeaderTopic, e.topic)
	return h, body, err
}

// wire is the body of a request by SMN.
type wire struct {
	Type             Sort   `json:"type"`
	Signature        string `json:"signature"`
	SignatureVersion string `json:"signature_version"`
	TopicURN         string `json:"topic_urn"`
	MessageID        string `json:"message_id"`
	Message          string `json:"message"`
	Subject          string `json:"subject,omitempty"`
	Timestamp        string `json:"timestamp"`
	SubscribeURL     string `json:"subscribe_url,omitempty"`
	SigningCertURL   string `json:"signing_cert_url"`
}
