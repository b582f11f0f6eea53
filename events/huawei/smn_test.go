package huawei_test

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestSMNNotification(t *testing.T) {
	t.Parallel()
	s := serving(http.StatusOK, certificate(t, smnKey()))
	v := receiver(t, s)
	for name, change := range map[string]func(*huawei.SMNMessage){
		"as it is":          func(*huawei.SMNMessage) {},
		"without a subject": func(m *huawei.SMNMessage) { m.Subject = "" },
		"several lines":     func(m *huawei.SMNMessage) { m.Message = strings.ReplaceAll(body, ",", ",\n") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := message()
			change(&sent)
			h, text := sign(t, smnKey(), sent)
			if huawei.ChannelOf(h) != huawei.SMN {
				t.Errorf("channel %q", huawei.ChannelOf(h))
			}
			m, err := v.Open(t.Context(), h, text, signed().Add(time.Minute))
			if err != nil {
				t.Fatal(err)
			}
			if m.Channel != huawei.SMN || m.Sort != huawei.Notification || m.ID != "smn/00000000000000000000000000000001" ||
				m.Time != signed() || m.Topic != topic || string(m.Body) != sent.Message || !m.Subscribe.Empty() {
				t.Errorf("message %+v", m)
			}
		})
	}
	t.Cleanup(func() {
		if n := s.requests.Load(); n != 1 {
			t.Errorf("%d requests, want one for the certificate", n)
		}
	})
}

func TestSMNConfirmations(t *testing.T) {
	t.Parallel()
	v := receiver(t, serving(http.StatusOK, certificate(t, smnKey())))
	for name, test := range map[string]struct{ sent, want string }{
		"the console":           {invite, invite},
		"of the region":         {strings.Replace(invite, "//", "//cn-north-4-", 1), strings.Replace(invite, "//", "//cn-north-4-", 1)},
		"international":         {strings.Replace(invite, "console.", "console-intl.", 1), strings.Replace(invite, "console.", "console-intl.", 1)},
		"an escaped topic":      {strings.ReplaceAll(invite, "urn:smn:", "urn%3Asmn%3A"), strings.ReplaceAll(invite, "urn:smn:", "urn%3Asmn%3A")},
		"one more in the query": {invite + "&region_id=cn-north-4", invite + "&region_id=cn-north-4"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sent := invitation()
			sent.SubscribeURL = secret.New(test.sent)
			h, text := sign(t, smnKey(), sent)
			m, err := v.Open(t.Context(), h, text, signed())
			if err != nil {
				t.Fatal(err)
			}
			if m.Sort != huawei.SubscriptionConfirmation || m.Body != nil || m.Subscribe.Reveal() != test.want {
				t.Errorf("message %+v", m)
			}
		})
	}
}

// Of a subscription that is gone nothing is kept that could be followed.
func TestSMNUnsubscribed(t *testing.T) {
	t.Parallel()
	v := receiver(t, serving(http.StatusOK, certificate(t, smnKey())))
	sent := invitation()
	sent.Sort, sent.SubscribeURL = huawei.UnsubscribeConfirmation, secret.New("https://elsewhere.example.com/")
	h, text := sign(t, smnKey(), sent)
	m, err := v.Open(t.Context(), h, text, signed())
	if err != nil {
		t.Fatal(err)
	}
	if m.Sort != huawei.UnsubscribeConfirmation || m.Body != nil || !m.Subscribe.Empty() {
		t.Errorf("message %+v", m)
	}
}

// A gateway may drop the headers that repeat the body, and add others.
func TestSMNTolerates(t *testing.T) {
	t.Parallel()
	v := receiver(t, serving(http.StatusOK, certificate(t, smnKey())))
	_, text := sign(t, smnKey(), message())
	for name, h := range map[string]http.Header{"no header": nil, "others": {"X-Smn-Subscription-Urn": {topic + ":1"}}} {
		if _, err := v.Open(t.Context(), h, text, signed()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	more := edit(t, text, func(fields map[string]any) {
		fields["unsubscribe_url"], fields["new"], fields["Topic_Urn"] = "https://elsewhere.example.com/", []int{1}, "urn:smn:another"
	})
	if _, err := v.Open(t.Context(), nil, more, signed()); err != nil {
		t.Errorf("unknown fields: %v", err)
	}
}

// Of doubled names one value is compared, verified and passed on.
func TestSMNDoubledNames(t *testing.T) {
	t.Parallel()
	v := receiver(t, serving(http.StatusOK, certificate(t, smnKey())))
	h, text := sign(t, smnKey(), message())
	double := func(name, value string, first bool) []byte {
		field := quoted(name) + ":" + quoted(value)
		if first {
			return []byte("{" + field + "," + string(text[1:]))
		}
		return []byte(string(text[:len(text)-1]) + "," + field + "}")
	}
	for name, value := range map[string]string{
		"message": "{}", "message_id": "2", "topic_urn": "urn:smn:cn-north-4:0:other", "type": "UnsubscribeConfirmation",
		"timestamp": "2024-01-02T03:04:06Z", "signing_cert_url": "https://elsewhere.example.com/x.pem",
	} {
		m, err := v.Open(t.Context(), h, double(name, value, true), signed())
		if err != nil || m.ID != "smn/00000000000000000000000000000001" || string(m.Body) != body {
			t.Errorf("%s before the genuine one: message %+v, error %v", name, m, err)
		}
		if m, err := v.Open(t.Context(), h, double(name, value, false), signed()); err == nil {
			t.Errorf("%s after the genuine one: message %+v, want a refusal", name, m)
		}
	}
}

func TestSMNWindow(t *testing.T) {
	t.Parallel()
	v := receiver(t, serving(http.StatusOK, certificate(t, smnKey())))
	h, text := sign(t, smnKey(), message())
	for age, want := range map[time.Duration]huawei.Reason{
		0:                    "",
		huawei.SMNWindow:     "",
		huawei.SMNWindow + 1: huawei.ReasonStale,
		-huawei.Ahead:        "",
		-huawei.Ahead - 1:    huawei.ReasonFuture,
	} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			_, err := v.Open(t.Context(), h, text, signed().Add(age))
			if want != "" {
				wantReason(t, err, want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// given is a source that returns what it has.
type given struct {
	cert *x509.Certificate
	err  error
}

func (g given) Certificate(context.Context, string) (*x509.Certificate, error) { return g.cert, g.err }

// The verifier judges the certificate itself, whatever its source lets pass.
func TestSMNCertificateAtUse(t *testing.T) {
	t.Parallel()
	h, text := sign(t, smnKey(), message())
	day := 24 * time.Hour
	for name, test := range map[string]struct {
		from given
		want huawei.Reason
	}{
		"good":                  {given{cert: parse(t, certificate(t, smnKey()))}, ""},
		"another's":             {given{cert: parse(t, certificate(t, otherKey()))}, huawei.ReasonMismatch},
		"expired":               {given{cert: parse(t, certificateOf(t, smnKey(), signed().Add(-2*day), signed().Add(-day)))}, huawei.ReasonCertificate},
		"not yet valid":         {given{cert: parse(t, certificateOf(t, smnKey(), signed().Add(day), signed().Add(2*day)))}, huawei.ReasonCertificate},
		"a short key":           {given{cert: parse(t, certificate(t, shortKey()))}, huawei.ReasonCertificate},
		"not RSA":               {given{cert: parse(t, certificate(t, curvedKey()))}, huawei.ReasonCertificate},
		"an error of any sort":  {given{err: errors.New("out of order")}, huawei.ReasonUnavailable},
		"a refusal of its own":  {given{err: &huawei.VerifyError{Reason: huawei.ReasonCertificate}}, huawei.ReasonCertificate},
		"a cancelled callback":  {given{err: context.Canceled}, huawei.ReasonUnavailable},
		"unavailable by itself": {given{err: &huawei.VerifyError{Reason: huawei.ReasonUnavailable}}, huawei.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := huawei.NewSMNVerifier(huawei.SMNConfig{Topics: []string{topic}, Certificates: test.from})
			if err != nil {
				t.Fatal(err)
			}
			_, err = v.Open(t.Context(), h, text, signed())
			if test.want != "" {
				wantReason(t, err, test.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestNewSMNVerifierRefuses(t *testing.T) {
	t.Parallel()
	source := given{}
	for name, test := range map[string]struct {
		config huawei.SMNConfig
		want   string
	}{
		"no topic":        {huawei.SMNConfig{Certificates: source}, "SMN topics: none given"},
		"no certificates": {huawei.SMNConfig{Topics: []string{topic}}, "SMN certificates: none given"},
		"an empty topic":  {huawei.SMNConfig{Topics: []string{topic, ""}, Certificates: source}, `SMN topic 2 of 2: "" is not of the form urn:smn:`},
		"a name alone":    {huawei.SMNConfig{Topics: []string{"vod-events"}, Certificates: source}, `"vod-events" is not`},
		"another service": {huawei.SMNConfig{Topics: []string{"urn:obs:cn-north-4:0:vod"}, Certificates: source}, "is not"},
		"a subscription":  {huawei.SMNConfig{Topics: []string{topic + ":1"}, Certificates: source}, "is not"},
		"no region":       {huawei.SMNConfig{Topics: []string{"urn:smn::0:vod"}, Certificates: source}, "is not"},
		"a host":          {huawei.SMNConfig{Topics: []string{"urn:smn:evil.example.com/:0:vod"}, Certificates: source}, "is not"},
		"a blank":         {huawei.SMNConfig{Topics: []string{topic + " "}, Certificates: source}, "is not"},
		"an end of line":  {huawei.SMNConfig{Topics: []string{topic + "\n"}, Certificates: source}, "is not"},
		"a wildcard":      {huawei.SMNConfig{Topics: []string{"urn:smn:cn-north-4:*:*"}, Certificates: source}, "is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := huawei.NewSMNVerifier(test.config)
			if err == nil || v != nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("verifier %v, error %v; want an error with %q", v, err, test.want)
			}
		})
	}
}

// SignSMN can only fail for the key.
func TestSignSMNRefuses(t *testing.T) {
	t.Parallel()
	key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: big.NewInt(3233), E: 17}, D: big.NewInt(413)}
	if _, _, err := huawei.SignSMN(key, message()); err == nil {
		t.Error("an unusable key signs")
	}
}

// edit changes the fields of a body after it was signed.
func edit(tb testing.TB, text []byte, change func(map[string]any)) []byte {
	tb.Helper()
	fields := map[string]any{}
	if err := json.Unmarshal(text, &fields); err != nil {
		tb.Fatal(err)
	}
	change(fields)
	edited, err := json.Marshal(fields)
	if err != nil {
		tb.Fatal(err)
	}
	return edited
}
