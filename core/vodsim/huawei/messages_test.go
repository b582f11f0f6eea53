package huawei_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events"
	huaweievents "github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const event = `{"event_type":"transcodeComplete","transcode_info":{"asset_id":"14d7b2faba0dddd6b4e8936272d6bc3f","status":"SUCCEED"}}`

// receiver is where messages go: a transport that answers without a network.
type receiver struct {
	answer func(try int, r *http.Request) (status int, err error)

	mu  sync.Mutex
	got []delivery
}

type delivery struct {
	at     time.Time
	url    string
	header http.Header
	body   string
}

func (rc *receiver) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	rc.mu.Lock()
	rc.got = append(rc.got, delivery{time.Now(), r.URL.String(), r.Header, string(body)})
	try := len(rc.got)
	rc.mu.Unlock()
	status, err := rc.answer(try, r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Location": {"/elsewhere"}}, Body: io.NopCloser(strings.NewReader("")),
	}, nil
}

func always(status int) func(int, *http.Request) (int, error) {
	return func(int, *http.Request) (int, error) { return status, nil }
}

func thirdTime(try int, _ *http.Request) (int, error) {
	if try < 3 {
		return http.StatusInternalServerError, nil
	}
	return http.StatusOK, nil
}

func TestMFSMessage(t *testing.T) {
	t.Parallel()
	key := secret.New("mfs-key-1")
	verifier, err := huaweievents.NewMFSVerifier([]secret.Value{key}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		form huawei.Envelope
		body string
	}{
		{huawei.EnvelopeText, `{"message":"` + strings.ReplaceAll(event, `"`, `\"`) + `"}`},
		{huawei.EnvelopeObject, `{"message":` + event + `}`},
		{huawei.EnvelopeBare, event},
	}
	for _, tt := range tests {
		t.Run(string(tt.form), func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{MFSKey: key})
			m, err := p.MFSMessage(event, tt.form)
			if err != nil {
				t.Fatal(err)
			}
			if string(m.Body) != tt.body || m.Channel != huaweievents.MFS || huaweievents.ChannelOf(m.Header) != huaweievents.MFS {
				t.Errorf("message of channel %q, body %s, want %s", m.Channel, m.Body, tt.body)
			}
			opened, err := verifier.Open(m.Header, m.Body, noon())
			if err != nil {
				t.Fatalf("the receiver refuses it: %v", err)
			}
			if !opened.Time.Equal(noon()) || string(opened.Body) != event {
				t.Errorf("opened %v %s, want %v %s", opened.Time, opened.Body, noon(), event)
			}
		})
	}
}

func TestMFSMessageUnsigned(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{})
	m, err := p.MFSMessage(event, huawei.EnvelopeBare)
	if err != nil || len(m.Header) != 0 {
		t.Errorf("headers %v, error %v, want neither without a key", m.Header, err)
	}
}

func TestMFSMessageRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, event string
		form        huawei.Envelope
		says        string
	}{
		{"unknown form", event, "picture", `form is "picture", want "text", "object" or "bare"`},
		{"prose as an object", "done", huawei.EnvelopeObject, "no JSON"},
		{"prose alone", "done", huawei.EnvelopeBare, "no JSON"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			if _, err := p.MFSMessage(tt.event, tt.form); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %v, want one with %q", err, tt.says)
			}
		})
	}
}

// smnVerifier is a receiver's verifier that has the platform's certificate in a
// folder, as HUAWEI_SMN_CERTS says it.
func smnVerifier(t *testing.T, p *platform, topic string) *huaweievents.SMNVerifier {
	t.Helper()
	dir := t.TempDir()
	if _, err := p.WriteCertificate(dir); err != nil {
		t.Fatal(err)
	}
	folder, err := huaweievents.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	verifier, err := huaweievents.NewSMNVerifier(huaweievents.SMNConfig{Topics: []string{topic}, Certificates: folder})
	if err != nil {
		t.Fatal(err)
	}
	return verifier
}

func TestSMNMessages(t *testing.T) {
	t.Parallel()
	const defaultTopic = "urn:smn:cn-north-4:" + project + ":vod-events"
	const singapore = "urn:smn:ap-southeast-3:" + project + ":mine"
	tests := []struct {
		name    string
		cfg     huawei.Config
		topic   string
		message func(*platform) (huawei.Message, error)
		sort    huaweievents.Sort
		body    string
	}{
		{"notification", huawei.Config{}, defaultTopic, notification, huaweievents.Notification, event},
		{"with a subject", huawei.Config{Subject: "VOD 事件"}, defaultTopic, notification, huaweievents.Notification, event},
		{"another region", huawei.Config{Region: "ap-southeast-3", Topic: singapore}, singapore, notification, huaweievents.Notification, event},
		{"subscription", huawei.Config{}, defaultTopic, func(p *platform) (huawei.Message, error) { return p.SubscriptionConfirmation() }, huaweievents.SubscriptionConfirmation, ""},
		{"end of it", huawei.Config{}, defaultTopic, func(p *platform) (huawei.Message, error) { return p.UnsubscribeConfirmation() }, huaweievents.UnsubscribeConfirmation, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, tt.cfg)
			m, err := tt.message(p)
			if err != nil {
				t.Fatal(err)
			}
			if m.Channel != huaweievents.SMN || huaweievents.ChannelOf(m.Header) != huaweievents.SMN {
				t.Errorf("channel %q", m.Channel)
			}
			opened, err := smnVerifier(t, p, tt.topic).Open(t.Context(), m.Header, m.Body, noon())
			if err != nil {
				t.Fatalf("the receiver refuses it: %v", err)
			}
			if opened.Sort != tt.sort || !opened.Time.Equal(noon()) || string(opened.Body) != tt.body {
				t.Errorf("opened %s of %v %s, want %s of %v %s", opened.Sort, opened.Time, opened.Body, tt.sort, noon(), tt.body)
			}
			if invites := !opened.Subscribe.Empty(); invites != (tt.sort == huaweievents.SubscriptionConfirmation) {
				t.Errorf("a subscription URL: %v", invites)
			}
			if has := strings.Contains(string(m.Body), `"subject"`); has != (tt.cfg.Subject != "") {
				t.Errorf("a subject: %v, in %s", has, m.Body)
			}
			again, err := tt.message(p)
			if err != nil {
				t.Fatal(err)
			}
			if second, err := smnVerifier(t, p, tt.topic).Open(t.Context(), again.Header, again.Body, noon()); err != nil || second.ID == opened.ID {
				t.Errorf("the next message has ID %s (%v), that of the one before", second.ID, err)
			}
		})
	}
}

func notification(p *platform) (huawei.Message, error) { return p.Notification(event) }

func TestWriteCertificate(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{})
	dir := t.TempDir()
	file, err := p.WriteCertificate(dir)
	if err != nil {
		t.Fatal(err)
	}
	if name := filepath.Base(file); !regexp.MustCompile(`^SMN_cn-north-4_[0-9a-f]{32}\.pem$`).MatchString(name) {
		t.Errorf("file name %q", name)
	}
	if text, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(text), "-----BEGIN CERTIFICATE-----\n") {
		t.Errorf("file %q, error %v, want a certificate", text, err)
	}
	if again, err := p.WriteCertificate(dir); err != nil || again != file {
		t.Errorf("written again as %q (%v), want %q", again, err, file)
	}
	if _, err := p.WriteCertificate(filepath.Join(dir, "nowhere")); err == nil {
		t.Error("written into a folder that is not there")
	}
}

// TestOwnKey lets the platform make its key itself.
func TestOwnKey(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(noon())
	p := &platform{Server: huawei.New(huawei.Config{Clock: fake, ProjectID: project}), t: t, clock: fake}
	m, err := p.Notification(event)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := smnVerifier(t, p, "urn:smn:cn-north-4:"+project+":vod-events").Open(t.Context(), m.Header, m.Body, noon())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := huaweievents.Decode(opened.Body); err != nil || got.Kind != events.Transcoded {
		t.Errorf("event %+v, error %v, want a transcoding", got, err)
	}
}

func TestShortKey(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 1024) //nolint:gosec // it is to be refused
	if err != nil {
		t.Fatal(err)
	}
	p, _ := newPlatform(t, huawei.Config{SigningKey: key})
	_, written := p.WriteCertificate(t.TempDir())
	_, signed := p.Notification(event)
	for what, err := range map[string]error{"WriteCertificate": written, "Notification": signed} {
		if err == nil || !strings.Contains(err.Error(), "SigningKey has 1024 bits, at least 2048 are needed") {
			t.Errorf("%s: error %v, want one that names the key's length", what, err)
		}
	}
}

func TestSend(t *testing.T) {
	t.Parallel()
	mfs := func(p *platform) (huawei.Message, error) { return p.MFSMessage(event, huawei.EnvelopeBare) }
	hang := func(_ int, r *http.Request) (int, error) {
		<-r.Context().Done()
		return 0, r.Context().Err()
	}
	refuse := func(int, *http.Request) (int, error) { return 0, errors.New("refused") }
	tests := []struct {
		name    string
		message func(*platform) (huawei.Message, error)
		answer  func(int, *http.Request) (int, error)
		tries   int
		took    time.Duration
		status  int // zero: an error
	}{
		{"MFS taken", mfs, always(200), 1, 0, 200},
		{"MFS refused", mfs, always(403), 1, 0, 403},
		{"MFS not taken", mfs, always(500), 1, 0, 500},
		{"MFS without an answer", mfs, refuse, 1, 0, 0},
		{"SMN taken", notification, always(200), 1, 0, 200},
		{"SMN refused", notification, always(403), 1, 0, 403},
		{"SMN redirected", notification, always(302), 1, 0, 302},
		{"SMN taken the third time", notification, thirdTime, 3, 2 * time.Second, 200},
		{"SMN never taken", notification, always(503), 7, 6 * time.Second, 503},
		{"SMN without an answer", notification, refuse, 7, 6 * time.Second, 0},
		{"SMN too late", notification, hang, 7, 41 * time.Second, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rc := &receiver{answer: tt.answer}
			inBubble(t, rc, func(p *platform) {
				m, err := tt.message(p)
				if err != nil {
					p.t.Fatal(err)
				}
				start := time.Now()
				status, err := p.Send(context.Background(), m)
				if status != tt.status || (err == nil) != (tt.status != 0) {
					p.t.Errorf("status %d, error %v, want status %d", status, err, tt.status)
				}
				if took := time.Since(start); len(rc.got) != tt.tries || took != tt.took {
					p.t.Errorf("%d tries in %v, want %d in %v", len(rc.got), took, tt.tries, tt.took)
				}
				for _, d := range rc.got {
					if d.url != "http://127.0.0.1:9/callbacks/huawei" || d.body != string(m.Body) || !strings.HasPrefix(d.header.Get("Content-Type"), "application/json") {
						p.t.Errorf("posted %+v", d)
					}
					if d.header.Get("auth_sign") != m.Header.Get("auth_sign") || d.header.Get("X-SMN-MESSAGE-ID") != m.Header.Get("X-SMN-MESSAGE-ID") {
						p.t.Errorf("headers %v, want %v", d.header, m.Header)
					}
				}
			})
		})
	}
}

// inBubble runs a test on virtual time. The bubble fails the test if a
// goroutine is left when it ends.
func inBubble(t *testing.T, rc *receiver, test func(p *platform)) {
	t.Helper()
	key := signingKey() // not to be made within
	synctest.Test(t, func(t *testing.T) {
		test(withClock(t, huawei.Config{
			Clock: clock.System{}, HTTP: &http.Client{Transport: rc}, SigningKey: key,
			CallbackTo: "http://127.0.0.1:9/callbacks/huawei", MFSKey: secret.New("mfs-key-1"),
		}))
	})
}

func TestSendEnds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(p *platform, cancel func())
	}{
		{"with its context", func(_ *platform, cancel func()) { cancel() }},
		{"with the server", func(p *platform, _ func()) { _ = p.Close() }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rc := &receiver{answer: always(500)}
			inBubble(t, rc, func(p *platform) {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				m, err := notification(p)
				if err != nil {
					p.t.Fatal(err)
				}
				done := make(chan error)
				go func() {
					_, err := p.Send(ctx, m)
					done <- err
				}()
				time.Sleep(1500 * time.Millisecond)
				tt.end(p, cancel)
				if err := <-done; !errors.Is(err, context.Canceled) {
					p.t.Errorf("error %v, want %v", err, context.Canceled)
				}
				if len(rc.got) != 2 {
					p.t.Errorf("%d tries, want 2", len(rc.got))
				}
			})
		})
	}
}

func TestSendAfterClose(t *testing.T) {
	t.Parallel()
	rc := &receiver{answer: always(200)}
	inBubble(t, rc, func(p *platform) {
		if err := p.Close(); err != nil {
			p.t.Fatal(err)
		}
		if _, err := p.Send(context.Background(), huawei.Message{}); err == nil || len(rc.got) != 0 {
			p.t.Errorf("error %v and %d tries after Close, want an error and none", err, len(rc.got))
		}
	})
}
