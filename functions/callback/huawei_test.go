package callback_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
)

const (
	mfsKey = "mfs-key-1"
	topic  = "urn:smn:cn-north-4:0123456789abcdef0123456789abcdef:vod-events"
	subURL = "https://console.huaweicloud.com/smn/subscription/confirm?token=T0KEN&topic_urn=" + topic
)

// authority is a certificate that vouches for itself, or the error in its place.
type authority struct {
	key  *rsa.PrivateKey
	cert *x509.Certificate
	err  error
}

func (a *authority) Certificate(context.Context, string) (*x509.Certificate, error) {
	return a.cert, a.err
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: now().Add(-time.Hour), NotAfter: now().Add(1000 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{key: key, cert: cert}
}

// inbox is a handler for Huawei's callbacks with everything around it.
type inbox struct {
	*bundle
	t         *testing.T
	authority *authority
	clock     *clock.Fake
	confirmed []string
	refusal   error // of confirmations
}

func newInbox(t *testing.T, outcome core.Outcome, change ...func(*callback.Config)) *inbox {
	t.Helper()
	i := &inbox{
		t: t, authority: newAuthority(t), clock: clock.NewFake(now()),
		bundle: &bundle{handover: &handover{outcome: outcome}, counts: &callback.Counts{}, log: &bytes.Buffer{}},
	}
	mfs, err := huawei.NewMFSVerifier([]secret.Value{secret.New("older"), secret.New(mfsKey)}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	smn, err := huawei.NewSMNVerifier(huawei.SMNConfig{Topics: []string{topic}, Certificates: i.authority})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(i.log, nil))
	cfg := callback.Config{
		Counts: i.counts, Clock: i.clock, Log: log,
		Intake: &core.Intake{Rules: core.DefaultRules(), Handover: i.handover, Clock: i.clock, Log: log},
		Huawei: callback.HuaweiConfig{
			MFS: mfs, SMN: smn, MFSWindow: time.Hour, Replays: core.NewReplays(memory.NewStore(i.clock), i.clock),
			Confirm: func(_ context.Context, m huawei.Message) error {
				i.confirmed = append(i.confirmed, m.Subscribe.Reveal())
				return i.refusal
			},
		},
	}
	for _, c := range change {
		c(&cfg)
	}
	i.Handler = callback.Huawei(cfg)
	return i
}

// parcel is a message on its way.
type parcel struct {
	header http.Header
	body   []byte
}

// mfs is an event over MFS, signed now.
func (i *inbox) mfs(text string) parcel {
	return parcel{huawei.SignMFS(secret.New(mfsKey), i.clock.Now(), text), []byte(fmt.Sprintf(`{"message":%q}`, text))}
}

// smn is a message of SMN, signed now.
func (i *inbox) smn(id string, change ...func(*huawei.SMNMessage)) parcel {
	m := huawei.SMNMessage{
		Topic: topic, ID: strings.Repeat("0", 31) + id, Time: i.clock.Now(), Message: finished("transcodeComplete", "SUCCEED"),
		CertificateURL: huawei.CertificateURL("cn-north-4", strings.Repeat("a", 32)),
	}
	for _, c := range change {
		c(&m)
	}
	header, body, err := huawei.SignSMN(i.authority.key, m)
	if err != nil {
		i.t.Fatal(err)
	}
	return parcel{header, body}
}

func sorted(sort huawei.Sort) func(*huawei.SMNMessage) {
	return func(m *huawei.SMNMessage) { m.Sort, m.SubscribeURL = sort, secret.New(subURL) }
}

func saying(text string) func(*huawei.SMNMessage) {
	return func(m *huawei.SMNMessage) { m.Message = text }
}

// finished is an event about the media.
func finished(eventType, status string) string {
	member := strings.TrimSuffix(eventType, "Complete") + "_info"
	return fmt.Sprintf(`{"event_type":%q,%q:{"asset_id":%q,"status":%q,"suggestion":"BLOCK"}}`, eventType, member, media, status)
}

// gets posts a parcel and wants a status and a part of the answer.
func (i *inbox) gets(p parcel, status int, part string) {
	i.t.Helper()
	w := i.send(p.header, bytes.NewReader(p.body))
	if w.Code != status || !strings.Contains(w.Body.String(), part) {
		i.t.Errorf("got %d %s, want %d and %s", w.Code, w.Body, status, part)
	}
}

func TestHuaweiAnswers(t *testing.T) {
	t.Parallel()
	queued, internal := core.Outcome{State: core.Queued}, core.Outcome{State: core.Failed, Err: core.Errorf(core.Internal, "the queue is down")}
	throttled := core.Outcome{State: core.Failed, Err: &core.Error{Kind: core.Throttled, Op: "RefreshAsset", Code: "APIGW.0308"}}
	for name, c := range map[string]struct {
		outcome core.Outcome
		parcel  func(i *inbox) parcel
		status  int
		part    string
		given   int // messages handed over
	}{
		"MFS":                  {queued, func(i *inbox) parcel { return i.mfs(finished("transcodeComplete", "SUCCEED")) }, 200, `"verdict":"queued"`, 1},
		"SMN":                  {queued, func(i *inbox) parcel { return i.smn("1") }, 200, `"verdict":"queued"`, 1},
		"taken down":           {queued, func(i *inbox) parcel { return i.smn("1", saying(finished("reviewComplete", "SUCCEED"))) }, 200, `"verdict":"queued"`, 1},
		"a failure":            {queued, func(i *inbox) parcel { return i.mfs(finished("transcodeComplete", "FAILED")) }, 200, `"reason":"not_success"`, 0},
		"not wanted":           {queued, func(i *inbox) parcel { return i.mfs(finished("parseComplete", "SUCCEED")) }, 200, `"reason":"no_rule"`, 0},
		"unknown":              {queued, func(i *inbox) parcel { return i.mfs(finished("deleteComplete", "SUCCEED")) }, 200, `"reason":"unknown_event"`, 0},
		"not found":            {core.Outcome{State: core.OutcomeNotFound}, func(i *inbox) parcel { return i.smn("1") }, 200, `"verdict":"not_found"`, 1},
		"our queue is down":    {internal, func(i *inbox) parcel { return i.smn("1") }, 500, "send it again", 1},
		"the platform is down": {throttled, func(i *inbox) parcel { return i.mfs(finished("coverComplete", "SUCCEED")) }, 503, "send it again", 1},
		"template text":        {queued, func(i *inbox) parcel { return i.smn("1", saying("Dear customer, your video")) }, 400, "choose JSON", 0},
		"too long":             {queued, func(*inbox) parcel { return parcel{http.Header{}, bytes.Repeat([]byte("x"), callback.MaxBody+1)} }, 413, "262144", 0},
		"no headers":           {queued, func(i *inbox) parcel { return parcel{http.Header{}, i.mfs("{}").body} }, 403, "auth_sign", 0},
		"headers of both":      {queued, func(i *inbox) parcel { p := i.mfs("{}"); p.header.Set("X-SMN-MESSAGE-TYPE", "Notification"); return p }, 403, "malformed", 0},
		"forged, MFS":          {queued, func(i *inbox) parcel { p := i.mfs("{}"); p.body = []byte(`{"message":"{ }"}`); return p }, 403, "mismatch", 0},
		"old, MFS":             {queued, func(i *inbox) parcel { p := i.mfs("{}"); i.clock.Advance(time.Hour + time.Second); return p }, 403, "stale", 0},
		"another topic":        {queued, func(i *inbox) parcel { return i.smn("1", func(m *huawei.SMNMessage) { m.Topic += "-2" }) }, 403, "topic", 0},
		"forged, SMN": {queued, func(i *inbox) parcel {
			p := i.smn("1")
			p.body = bytes.Replace(p.body, []byte("SUCCEED"), []byte("succeed"), 1)
			return p
		}, 403, "mismatch", 0},
		"certificate elsewhere": {queued, func(i *inbox) parcel {
			return i.smn("1", func(m *huawei.SMNMessage) { m.CertificateURL = "https://evil.example.com/x.pem" })
		}, 403, "certificate", 0},
		"no certificate now": {queued, func(i *inbox) parcel { i.authority.err = errors.New("dial: refused"); return i.smn("1") }, 503, "unavailable", 0},
		"old, SMN":           {queued, func(i *inbox) parcel { p := i.smn("1"); i.clock.Advance(huawei.SMNWindow + time.Second); return p }, 403, "stale", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := newInbox(t, c.outcome)
			i.gets(c.parcel(i), c.status, c.part)
			if len(i.handover.given) != c.given {
				t.Errorf("%d messages handed over, want %d", len(i.handover.given), c.given)
			}
			if c.given == 0 {
				return
			}
			task := i.handover.given[0].Task
			if task.Provider != events.Huawei || task.ID != media || !task.EventTime.Equal(now()) || !task.Signed.Equal(now()) || task.Identity == "" || task.Manual() {
				t.Errorf("the task is %+v", task)
			}
		})
	}
}

// A replay has no effect: of a message that is done with, and of no other one.
func TestHuaweiReplays(t *testing.T) {
	t.Parallel()
	i := newInbox(t, core.Outcome{State: core.Failed, Err: core.Errorf(core.Internal, "down")})
	text := finished("transcodeComplete", "SUCCEED")
	for name, p := range map[string]parcel{"MFS": i.mfs(text), "SMN": i.smn("1")} {
		i.handover.outcome = core.Outcome{State: core.Failed, Err: core.Errorf(core.Internal, "down")}
		i.handover.given = nil
		i.gets(p, 500, "send it again")
		i.handover.outcome = core.Outcome{State: core.Queued}
		i.gets(p, 200, "queued") // the first try failed, so this one counts
		i.gets(p, 200, `{"verdict":"replayed"}`)
		if len(i.handover.given) != 2 {
			t.Errorf("%s: %d messages handed over, want 2", name, len(i.handover.given))
		}
		if n := i.counts.All()[callback.Count{EventType: "transcodeComplete", Verdict: callback.Replayed}]; n == 0 {
			t.Errorf("%s: no replay is counted", name)
		}
	}
	first := i.handover.given[0].Task.Identity
	i.clock.Advance(time.Second)
	i.gets(i.mfs(text), 200, "queued") // the same once more, signed anew
	i.gets(i.smn("2"), 200, "queued")
	i.gets(i.mfs(finished("parseComplete", "SUCCEED")), 200, "no_rule")
	i.gets(i.mfs(finished("parseComplete", "SUCCEED")), 200, "replayed")
	for _, m := range i.handover.given[2:] {
		if m.Task.Identity == first {
			t.Error("another message has the same identity")
		}
	}
}

// Nothing is forgotten for as long as it would be taken, nor MFS for a day.
func TestHuaweiRemembersLongEnough(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	long, err := huawei.NewMFSVerifier([]secret.Value{secret.New(mfsKey)}, 2*day)
	if err != nil {
		t.Fatal(err)
	}
	i := newInbox(t, core.Outcome{State: core.Queued}, func(c *callback.Config) { c.Huawei.MFS, c.Huawei.MFSWindow = long, 2*day })
	overMFS, overSMN := i.mfs(finished("coverComplete", "SUCCEED")), i.smn("1")
	i.gets(overMFS, 200, "queued")
	i.gets(overSMN, 200, "queued")
	i.clock.Advance(huawei.SMNWindow)
	i.gets(overSMN, 200, "replayed")
	i.clock.Advance(time.Second)
	i.gets(overSMN, 403, "stale")
	i.clock.Advance(2*day - huawei.SMNWindow - time.Second)
	i.gets(overMFS, 200, "replayed")
	i.clock.Advance(time.Second)
	i.gets(overMFS, 403, "stale")
}

func TestHuaweiSubscriptions(t *testing.T) {
	t.Parallel()
	i := newInbox(t, core.Outcome{State: core.Queued})
	invitation := i.smn("1", sorted(huawei.SubscriptionConfirmation))
	i.refusal = errors.New("subscription: not confirmed: no answer in time")
	i.gets(invitation, 503, "send it again")
	i.refusal = nil
	i.gets(invitation, 200, `{"verdict":"confirmed"}`)
	i.gets(invitation, 200, "replayed")
	i.gets(i.smn("2", sorted(huawei.UnsubscribeConfirmation)), 200, `"reason":"unsubscribed"`)
	foreign := i.smn("3", sorted(huawei.SubscriptionConfirmation), func(m *huawei.SMNMessage) {
		m.SubscribeURL = secret.New("https://evil.example.com/smn/subscription/confirm?token=T0KEN&topic_urn=" + topic)
	})
	i.gets(foreign, 403, "subscribe")
	if len(i.confirmed) != 2 || i.confirmed[0] != subURL {
		t.Errorf("confirmed %d times", len(i.confirmed))
	}
	for _, part := range []string{"T0KEN", mfsKey} {
		if strings.Contains(i.log.String(), part) {
			t.Errorf("the log shows %s", part)
		}
	}
	if !strings.Contains(i.log.String(), `"level":"ERROR"`) || !strings.Contains(i.log.String(), "no more events come") {
		t.Errorf("that nothing comes any more is not logged loudly: %s", i.log)
	}
}

// Where a person has to confirm, the log says how and shows no token, and the same
// invitation counts once it may be accepted.
func TestHuaweiSubscriptionsByHand(t *testing.T) {
	t.Parallel()
	replays := core.NewReplays(memory.NewStore(nil), clock.System{})
	i := newInbox(t, core.Outcome{State: core.Queued}, func(c *callback.Config) { c.Huawei.Confirm, c.Huawei.Replays = nil, replays })
	invitation := i.smn("1", sorted(huawei.SubscriptionConfirmation))
	for range 2 {
		i.gets(invitation, 200, `"reason":"confirm_by_hand"`)
	}
	restarted := newInbox(t, core.Outcome{State: core.Queued}, func(c *callback.Config) { c.Huawei.Replays = replays })
	restarted.authority.key, restarted.authority.cert = i.authority.key, i.authority.cert
	restarted.gets(invitation, 200, `{"verdict":"confirmed"}`)
	if log := i.log.String(); !strings.Contains(log, "HUAWEI_SMN_CONFIRM=true") || !strings.Contains(log, topic) || strings.Contains(log, "T0KEN") {
		t.Errorf("logged: %s", log)
	}
}

// What is not configured is refused, channel by channel, and says so.
func TestHuaweiRefusesWhatIsNotConfigured(t *testing.T) {
	t.Parallel()
	i := newInbox(t, core.Outcome{State: core.Queued}, func(c *callback.Config) { c.Huawei.MFS, c.Huawei.SMN = nil, nil })
	i.gets(i.mfs(finished("coverComplete", "SUCCEED")), 403, "HUAWEI_MFS_KEYS")
	i.gets(i.smn("1"), 403, "HUAWEI_SMN_TOPICS")
	if len(i.handover.given) != 0 {
		t.Error("a message is handed over all the same")
	}
}

// A store that is out costs the memory of replays, and no callback.
func TestHuaweiWithoutItsStore(t *testing.T) {
	t.Parallel()
	store := memory.NewStore(nil)
	if err := store.Close(); err != nil {
		t.Fatal(err)
	}
	i := newInbox(t, core.Outcome{State: core.Queued}, func(c *callback.Config) { c.Huawei.Replays = core.NewReplays(store, c.Clock) })
	p := i.smn("1")
	i.gets(p, 200, "queued")
	i.gets(p, 200, "queued")
	if log := i.log.String(); !strings.Contains(log, "cannot be told") || !strings.Contains(log, "could not be remembered") {
		t.Errorf("logged: %s", log)
	}
}
