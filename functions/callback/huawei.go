package callback

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// The reasons why a message of SMN that is no event is ignored.
const (
	ByHand       core.Reason = "confirm_by_hand" // an invitation that only a person may accept
	Unsubscribed core.Reason = "unsubscribed"    // no more events come
)

// HuaweiConfig is how callbacks of Huawei Cloud VOD are verified.
type HuaweiConfig struct {
	MFS *huawei.MFSVerifier // nil: everything that comes by MFS is refused
	SMN *huawei.SMNVerifier // nil: everything that comes by SMN is refused
	// MFSWindow is how old a message may be that MFS accepts.
	MFSWindow time.Duration
	// Confirm accepts an invitation to subscribe; nil leaves that to a person.
	Confirm func(context.Context, huawei.Message) error
	Replays *core.Replays
}

// Huawei handles POST /callbacks/huawei: messages of MFS or SMN, told apart by
// their headers. SMN repeats on 500 and above only, up to six times, and waits
// 5 s; of MFS nothing is documented, so it gets the same answers. What must come
// again is 5xx, a certificate that cannot be fetched now included, and whatever
// would not get better is 200 or 4xx.
//
// A message is remembered once it is finished or durably enqueued: for a day if
// it came by MFS, for as long as the verifier takes it in any case.
//
// Source: Huawei Cloud VOD, "Notification Settings"; SMN, "HTTP/HTTPS message
// format" and its FAQ.
func Huawei(cfg Config) http.Handler {
	return handler{cfg, events.Huawei, cfg.openHuawei}
}

// open verifies and decodes a message.
func (c Config) openHuawei(ctx context.Context, header http.Header, body []byte, now time.Time) (received, error) {
	message, err := c.Huawei.Verify(ctx, header, body, now)
	if err != nil {
		return received{}, refusal(err)
	}
	r := received{
		event:  events.Event{Provider: events.Huawei, Type: string(message.Sort), Kind: events.Other},
		signed: message.Time, keep: c.Huawei.keep(message),
	}
	switch message.Sort {
	case huawei.Notification:
		if r.event, err = huawei.Decode(message.Body); err != nil {
			return received{}, &core.Error{Kind: core.Invalid, Message: err.Error(), Err: err}
		}
		r.event.Time = message.Time // it has none of its own
	case huawei.SubscriptionConfirmation:
		r.instead = func(ctx context.Context) (Answer, error) { return c.subscribe(ctx, message) }
		if c.Huawei.Confirm == nil { // it counts when it comes again and may be accepted
			r.keep = 0
		}
	case huawei.UnsubscribeConfirmation:
		r.instead = func(ctx context.Context) (Answer, error) { return c.unsubscribed(ctx, message) }
	}
	r.event.MessageID = message.ID
	return r, nil
}

// Verify opens a message that arrived at now, by the rules of the channel that it
// came by. The error says why it is refused, or why it cannot be judged.
func (c HuaweiConfig) Verify(ctx context.Context, header http.Header, body []byte, now time.Time) (huawei.Message, error) {
	switch channel := huawei.ChannelOf(header); {
	case channel == huawei.MFS && c.MFS != nil:
		return c.MFS.Open(header, body, now)
	case channel == huawei.SMN && c.SMN != nil:
		return c.SMN.Open(ctx, header, body, now)
	case channel == huawei.MFS:
		return huawei.Message{}, core.Errorf(core.Forbidden, "no HUAWEI_MFS_KEYS are configured, so no message of MFS can be verified")
	case channel == huawei.SMN:
		return huawei.Message{}, core.Errorf(core.Forbidden, "no HUAWEI_SMN_TOPICS are configured, so no message of SMN can be verified")
	}
	return huawei.Message{}, huawei.RefuseChannel(header)
}

// refusal is the error for a message that was not verified. One whose
// certificate could not be had is not judged: it has to come again.
func refusal(err error) error {
	refused, ok := errors.AsType[*huawei.VerifyError](err)
	switch {
	case !ok:
		return err
	case refused.Reason == huawei.ReasonUnavailable:
		return &core.Error{Kind: core.Unavailable, Message: err.Error(), Err: err}
	}
	return &core.Error{Kind: core.Forbidden, Message: err.Error(), Err: err}
}

// keep is how long a message is remembered: as long as it would be taken, and
// one of MFS, whose repeats are documented nowhere, for a day at least.
func (c HuaweiConfig) keep(m huawei.Message) time.Duration {
	const day = 24 * time.Hour
	if m.Channel == huawei.MFS {
		return max(day, c.MFSWindow+huawei.Ahead)
	}
	return huawei.SMNWindow + huawei.Ahead
}

// subscribe accepts an invitation, if that is wanted.
func (c Config) subscribe(ctx context.Context, m huawei.Message) (Answer, error) {
	if c.Huawei.Confirm == nil {
		c.Log.WarnContext(ctx, "SMN invites to subscribe and nothing comes until that is confirmed: set HUAWEI_SMN_CONFIRM=true and choose "+
			"Request Confirmation in the SMN console, or open the subscribe_url that SMN posted, within 48 h", "provider", events.Huawei, "topic", m.Topic)
		return Answer{Verdict: Ignored, Reason: ByHand}, nil
	}
	if err := c.Huawei.Confirm(ctx, m); err != nil {
		return Answer{Verdict: Verdict(core.Failed)}, &core.Error{Kind: core.Unavailable, Message: err.Error(), Err: err}
	}
	return Answer{Verdict: Confirmed}, nil
}

// unsubscribed takes note that no more events come: somebody has to look.
func (c Config) unsubscribed(ctx context.Context, m huawei.Message) (Answer, error) {
	c.Log.ErrorContext(ctx, "the subscription was cancelled, no more events come from the topic", "provider", events.Huawei, "topic", m.Topic)
	return Answer{Verdict: Ignored, Reason: Unsubscribed}, nil
}
