package huawei_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// folder holds the fixtures: <eventType>_<case>.json, written from the
// documented shapes with made-up IDs. A case with trap_ is a shape that has
// misled a receiver, or would.
const folder = "../../testdata/huawei"

const (
	region = "cn-north-4"
	topic  = "urn:smn:cn-north-4:0123456789abcdef0123456789abcdef:vod-events"
	certID = "b98100ca131b4116ab8ee7ccedbaae99"
	body   = `{"event_type":"transcodeComplete","transcode_info":{"asset_id":"14d7b2faba0dddd6b4e8936272d6bc3f","status":"SUCCEED"}}`
	token  = "477a784601d744e4ab9ab83986502d31"
	invite = "https://console.huaweicloud.com/smn/subscription/confirm?token=" + token + "&topic_urn=" + topic + "&region=cn-north-4"
)

// signed is when the messages of the tests were signed.
func signed() time.Time { return time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC) }

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(folder, name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func secrets(texts ...string) []secret.Value {
	values := make([]secret.Value, len(texts))
	for i, text := range texts {
		values[i] = secret.New(text)
	}
	return values
}

// The keys of the tests, made once: SMN's, a stranger's, and one that is too
// short.
var (
	smnKey    = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	otherKey  = sync.OnceValue(func() *rsa.PrivateKey { return newKey(2048) })
	shortKey  = sync.OnceValue(func() *rsa.PrivateKey { return newKey(1024) })
	curvedKey = sync.OnceValue(func() *ecdsa.PrivateKey {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		return key
	})
)

func newKey(bits int) *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return key
}

// certificate is a PEM text that is valid on the day of the messages.
func certificate(tb testing.TB, key crypto.Signer) []byte {
	tb.Helper()
	return certificateOf(tb, key, signed().Add(-24*time.Hour), signed().Add(24*time.Hour))
}

func certificateOf(tb testing.TB, key crypto.Signer, from, to time.Time) []byte {
	tb.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: from, NotAfter: to}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// site is what stands at the other end of every request, and counts them.
type site struct {
	requests atomic.Int32
	answer   func(*http.Request) (*http.Response, error)
}

func (s *site) RoundTrip(r *http.Request) (*http.Response, error) {
	s.requests.Add(1)
	return s.answer(r)
}

// serving answers every request alike.
func serving(status int, text []byte) *site {
	return &site{answer: func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(string(text)))}, nil
	}}
}

// message is a notification by SMN.
func message() huawei.SMNMessage {
	return huawei.SMNMessage{
		Topic: topic, ID: "00000000000000000000000000000001", Time: signed(), Message: body, Subject: "VOD 事件",
		CertificateURL: huawei.CertificateURL(region, certID),
	}
}

// invitation asks to confirm a subscription.
func invitation() huawei.SMNMessage {
	m := message()
	m.Sort, m.Subject, m.Message, m.SubscribeURL = huawei.SubscriptionConfirmation, "", "please confirm", secret.New(invite)
	return m
}

func sign(tb testing.TB, key *rsa.PrivateKey, m huawei.SMNMessage) (http.Header, []byte) {
	tb.Helper()
	h, text, err := huawei.SignSMN(key, m)
	if err != nil {
		tb.Fatal(err)
	}
	return h, text
}

// receiver is a verifier for the topic, with certificates of a site.
func receiver(tb testing.TB, s *site) *huawei.SMNVerifier {
	tb.Helper()
	v, err := huawei.NewSMNVerifier(huawei.SMNConfig{Topics: []string{topic}, Certificates: huawei.NewFetcher(s, signed)})
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// wantReason checks that err is a refusal for one reason that tells nothing.
func wantReason(tb testing.TB, err error, want huawei.Reason, private ...string) {
	tb.Helper()
	refused, ok := errors.AsType[*huawei.VerifyError](err)
	if !ok {
		tb.Fatalf("error is %v, want a *VerifyError that says %s", err, want)
	}
	if refused.Reason != want {
		tb.Errorf("reason is %s (%v), want %s", refused.Reason, err, want)
	}
	for _, p := range private {
		if p != "" && strings.Contains(err.Error(), p) {
			tb.Errorf("error %q shows %q", err, p)
		}
	}
}
