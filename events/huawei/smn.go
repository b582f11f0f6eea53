package huawei

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// SMNWindow is how old a message of SMN may be. Repeats keep the first time
// stamp: there are up to six, minutes apart, each may queue for more than ten
// minutes, and an endpoint that failed is passed over for ten more. That is some
// hours at worst, and not documented exactly, so this is generous. Remember a
// [Message.ID] for SMNWindow and [Ahead] at least.
const SMNWindow = 12 * time.Hour

// Certificates finds signing certificates: a [Fetcher] or a [Folder].
type Certificates interface {
	// Certificate returns the certificate at a URL, which has been checked to be
	// Huawei's. A [*VerifyError] tells a certificate that is no good
	// (certificate) from one that could not be had now (unavailable); any other
	// error counts as the latter.
	Certificate(ctx context.Context, url string) (*x509.Certificate, error)
}

// SMNConfig is what an [SMNVerifier] is made of.
type SMNConfig struct {
	// Topics are the URNs of the topics whose messages are ours,
	// urn:smn:<region>:<project ID>:<topic>. Any tenant can have SMN sign a
	// message, so at least one is needed.
	Topics       []string
	Certificates Certificates
}

// SMNVerifier opens the messages of SMN. It is safe for concurrent use.
type SMNVerifier struct {
	regions      map[string]string // by topic
	certificates Certificates
}

// NewSMNVerifier returns a verifier for the topics. An error names the topic
// that is not a URN.
func NewSMNVerifier(cfg SMNConfig) (*SMNVerifier, error) {
	if len(cfg.Topics) == 0 {
		return nil, errors.New("SMN topics: none given, without a list any tenant's messages would pass")
	}
	if cfg.Certificates == nil {
		return nil, errors.New("SMN certificates: none given, without them no signature can be checked")
	}
	v := &SMNVerifier{regions: make(map[string]string, len(cfg.Topics)), certificates: cfg.Certificates}
	for i, topic := range cfg.Topics {
		region, err := regionOf(topic)
		if err != nil {
			return nil, fmt.Errorf("SMN topic %d of %d: %q is %w", i+1, len(cfg.Topics), topic, err)
		}
		v.regions[topic] = region
	}
	return v, nil
}

// Open checks a request that arrived at now and returns the message in it. Every
// error is a [*VerifyError].
//
// The topic is judged before anything else, then all that can be told without
// the certificate, so that what is forged carelessly costs no request of ours.
// The time stamp is judged last, of genuine messages only: see [SMNWindow].
//
// Source: SMN user guide, "HTTP/HTTPS message format" and "Verifying message
// signatures".
func (v *SMNVerifier) Open(ctx context.Context, h http.Header, body []byte, now time.Time) (Message, error) {
	e, err := v.read(h, body)
	if err != nil {
		return Message{}, err
	}
	cert, err := v.certificates.Certificate(ctx, e.certificate)
	if err != nil {
		return Message{}, certificateError(err)
	}
	key, err := keyOf(cert, now)
	if err != nil {
		return Message{}, err
	}
	if !e.genuine(key) {
		return Message{}, refuse(ReasonMismatch, "signature does not fit the message")
	}
	if err := fresh("timestamp", e.signed, now, SMNWindow); err != nil {
		return Message{}, err
	}
	return e.unpack(), nil
}

// read makes every check that needs no certificate.
func (v *SMNVerifier) read(h http.Header, body []byte) (*envelope, error) {
	o, err := readObject(body)
	if err != nil {
		return nil, refuse(ReasonMalformed, "the body is "+notJSON(err))
	}
	var topic string
	if err := field(o, "topic_urn", true, &topic); err != nil {
		return nil, err
	}
	region, ours := v.regions[topic]
	if !ours {
		return nil, refuse(ReasonTopic, fmt.Sprintf("topic_urn is %.200q, which is not on the list of topics", topic))
	}
	e, err := readEnvelope(o)
	if err != nil {
		return nil, err
	}
	if err := e.headersAgree(h); err != nil {
		return nil, err
	}
	if err := checkCertificateURL(e.certificate, region); err != nil {
		return nil, err
	}
	if e.sort == SubscriptionConfirmation {
		return e, checkSubscribeURL(e.subscribe, topic, region)
	}
	return e, nil
}

// unpack keeps what a receiver may act upon.
func (e *envelope) unpack() Message {
	m := Message{Channel: SMN, Sort: e.sort, ID: "smn/" + e.id, Time: e.signed.UTC(), Topic: e.topic}
	switch e.sort {
	case Notification:
		m.Body = []byte(e.message)
	case SubscriptionConfirmation:
		m.Subscribe = secret.New(e.subscribe)
	case UnsubscribeConfirmation:
	}
	return m
}

func (e *envelope) genuine(key *rsa.PublicKey) bool {
	for _, text := range e.stringsToSign() {
		if fits(key, sha256.Sum256([]byte(text)), e.signature) {
			return true
		}
	}
	return false
}

// fits is the one signature algorithm of version v1.
func fits(key *rsa.PublicKey, sum [sha256.Size]byte, signature []byte) bool {
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) == nil
}

// certificateError makes a refusal of whatever a source of certificates says.
func certificateError(err error) error {
	if refused, ok := errors.AsType[*VerifyError](err); ok {
		return refused
	}
	return refuse(ReasonUnavailable, "signing certificate: "+err.Error())
}
