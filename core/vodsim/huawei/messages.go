package huawei

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
	huaweievents "github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Envelope is a form in which MFS may wrap an event. The documentation shows
// it only as a picture.
type Envelope string

// The forms. What is signed is the text, the object as it is written, or the
// whole body.
const (
	EnvelopeText   Envelope = "text"   // {"message":"{\"event_type\":...}"}
	EnvelopeObject Envelope = "object" // {"message":{"event_type":...}}
	EnvelopeBare   Envelope = "bare"   // {"event_type":...}
)

// Message is what a notification channel posts. It keeps its signature and ID,
// so that sending it again is what a repeat, or a replay, looks like.
type Message struct {
	Channel huaweievents.Channel // MFS or SMN; SMN repeats what was not taken
	Header  http.Header
	Body    []byte
}

// MFSMessage wraps an event, the text of a JSON object, for MFS and signs it at
// this moment if the configuration has a key. An unknown form is an error, and
// so is an event that is no JSON where it must be.
func (s *Server) MFSMessage(event string, form Envelope) (Message, error) {
	message, body := event, []byte(event)
	var err error
	switch form {
	case EnvelopeText:
		body, err = json.Marshal(map[string]string{"message": event})
	case EnvelopeObject:
		body = []byte(`{"message":` + event + `}`)
	case EnvelopeBare:
	default:
		err = fmt.Errorf("form is %q, want %q, %q or %q", form, EnvelopeText, EnvelopeObject, EnvelopeBare)
	}
	if err == nil && !json.Valid(body) {
		err = errors.New("the event is no JSON")
	}
	if err != nil {
		return Message{}, fmt.Errorf("vodsim/huawei: MFS message: %w", err)
	}
	m := Message{Channel: huaweievents.MFS, Body: body}
	if !s.cfg.MFSKey.Empty() {
		m.Header = huaweievents.SignMFS(s.cfg.MFSKey, s.cfg.Clock.Now(), message)
	}
	return m, nil
}

// Notification wraps an event for SMN and signs it at this moment. The text may
// be anything: prose is what SMN sends where the console has only the template
// ticked.
func (s *Server) Notification(event string) (Message, error) {
	return s.smn(huaweievents.SMNMessage{Sort: huaweievents.Notification, Message: event, Subject: s.cfg.Subject})
}

// SubscriptionConfirmation is SMN's invitation to subscribe. Its URL is of the
// real console, the only one that a receiver may follow, with a made-up token:
// following it ends nowhere, so a receiver is to log it only.
func (s *Server) SubscriptionConfirmation() (Message, error) {
	return s.smn(s.confirmation(huaweievents.SubscriptionConfirmation))
}

// UnsubscribeConfirmation says that the subscription is gone. Its URL would
// subscribe again.
func (s *Server) UnsubscribeConfirmation() (Message, error) {
	return s.smn(s.confirmation(huaweievents.UnsubscribeConfirmation))
}

func (s *Server) confirmation(sort huaweievents.Sort) huaweievents.SMNMessage {
	query := url.Values{"token": {s.identifier()}, "topic_urn": {s.cfg.Topic}, "region": {s.cfg.Region}}
	link := "https://console.huaweicloud.com/smn/subscription/confirm?" + query.Encode()
	return huaweievents.SMNMessage{Sort: sort, Message: "Please confirm the subscription.", SubscribeURL: secret.New(link)}
}

// smn completes a message of SMN and signs it.
func (s *Server) smn(m huaweievents.SMNMessage) (Message, error) {
	signer, err := s.identity()
	if err != nil {
		return Message{}, err
	}
	m.Topic, m.ID, m.Time, m.CertificateURL = s.cfg.Topic, s.identifier(), s.cfg.Clock.Now(), signer.url
	header, body, err := huaweievents.SignSMN(signer.key, m)
	if err != nil {
		return Message{}, fmt.Errorf("vodsim/huawei: SMN message: %w", err)
	}
	return Message{huaweievents.SMN, header, body}, nil
}

// How SMN repeats: six times at most, only after an answer of 500 or more or
// none at all within [platform.Post]'s five seconds. The pause depends on SMN's
// queues; a second is a choice. Whether MFS repeats is not documented; here it
// does not.
//
// Source: SMN FAQ, "HTTP and HTTPS subscriptions".
const (
	repeats     = 6
	repeatPause = time.Second
)

// Send posts a message to [Config.CallbackTo], again where its channel would,
// and returns the status of the last answer, which need not be a good one. An
// error means that the last try got no answer, or that ctx or the server ended.
func (s *Server) Send(ctx context.Context, m Message) (status int, err error) {
	ctx, leave, open := s.life.Enter(ctx)
	if !open {
		return 0, errors.New("vodsim/huawei: the server was closed")
	}
	defer leave()
	for try := 1; ; try++ {
		status, err = platform.Post(ctx, s.cfg.HTTP, platform.Message{To: s.cfg.CallbackTo, Header: m.Header, Body: m.Body})
		s.cfg.Log.InfoContext(ctx, "message", "try", try, "status", status, "answered", err == nil)
		if err == nil && status < http.StatusInternalServerError || m.Channel != huaweievents.SMN || try > repeats {
			break
		}
		if ended := s.cfg.Clock.Sleep(ctx, repeatPause); ended != nil {
			err = ended
			break
		}
	}
	if err != nil {
		return 0, fmt.Errorf("vodsim/huawei: %w", err)
	}
	return status, nil
}
