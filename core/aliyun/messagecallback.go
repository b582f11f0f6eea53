package aliyun

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/wire"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// The ways on which VOD tells of events.
const (
	CallbackHTTP = "HTTP" // posted to a URL
	CallbackMNS  = "MNS"  // sent to a queue of Simple Message Queue, MNS before
)

// The words that stand for several event types in [MessageCallback.Events].
const (
	AllEvents = "ALL"        // every event
	AIEvents  = "AIComplete" // every event whose name begins with AI; they have no names of their own here
)

// MessageCallback is how VOD tells an application of events. There is one for
// each application in each region, and writing it replaces it as a whole.
//
// Source: SetMessageCallback and GetMessageCallback.
type MessageCallback struct {
	AppID string // empty for the account's own application, app-1000000
	Type  string // CallbackHTTP or CallbackMNS; empty if nothing was ever set

	URL     string // HTTP: where events are posted, at most 256 bytes
	Signed  bool   // HTTP: AuthSwitch, whether callbacks carry a signature
	AuthKey secret.Value

	Endpoint string // MNS: the public endpoint of the queue's account
	Queue    string // MNS: the queue's name

	// Events are the types that are told of, in the provider's words and order.
	// None at all switches everything off.
	Events []string

	// other are settings that this version does not know. They are written back.
	other map[string]string
}

// MessageCallback asks how an application is told of events
// (GetMessageCallback). An empty app means the account's own. An answer with a
// setting that could not be written back, an object or a list, is an Internal
// error: whoever wrote the rest would delete it.
func (c *Client) MessageCallback(ctx context.Context, app string) (MessageCallback, error) {
	request := vod.CreateGetMessageCallbackRequest()
	request.AppId = app
	response := vod.CreateGetMessageCallbackResponse()
	op := request.GetActionName()
	if err := c.call(ctx, c.media, request, response); err != nil {
		return MessageCallback{}, err
	}
	settings, unknown := callbackSettings(response.GetHttpContentBytes())
	if unknown != "" {
		return MessageCallback{}, &core.Error{
			Kind: core.Internal, Op: op, RequestID: wire.Token(response.RequestId), Message: "the answer's " + unknown,
		}
	}
	take := func(name string) string {
		value := settings[name]
		delete(settings, name)
		return value
	}
	callback := MessageCallback{
		AppID: take("AppId"), Type: strings.ToUpper(take("CallbackType")),
		URL: take("CallbackURL"), Signed: strings.EqualFold(take("AuthSwitch"), "on"), AuthKey: secret.New(take("AuthKey")),
		Endpoint: take("MnsEndpoint"), Queue: take("MnsQueueName"),
	}
	for event := range strings.SplitSeq(take("EventTypeList"), ",") {
		callback.Events = appendNew(callback.Events, strings.TrimSpace(event))
	}
	callback.other = settings
	return callback, nil
}

// callbackSettings are the members of MessageCallback as texts; what is wrong
// with them comes second.
func callbackSettings(answer []byte) (settings map[string]string, wrong string) {
	var top struct{ MessageCallback map[string]any }
	decoder := json.NewDecoder(bytes.NewReader(answer))
	decoder.UseNumber()
	if err := decoder.Decode(&top); err != nil {
		return nil, "MessageCallback is no object"
	}
	settings = make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(top.MessageCallback)) {
		switch value := top.MessageCallback[name].(type) {
		case nil:
		case string:
			settings[name] = value
		case json.Number:
			settings[name] = value.String()
		case bool:
			settings[name] = map[bool]string{true: "true", false: "false"}[value]
		default:
			return nil, "setting " + wire.Token(name) + " is an object or a list, which cannot be written back"
		}
	}
	return settings, ""
}

// SetMessageCallback replaces the settings of an application, all of them, what
// [Client.MessageCallback] found and this version does not know included. They
// hold at once. Settings without a target, or without events, are an Invalid
// error and not sent: VOD would be silent from then on.
//
// The platform's own words are left out of an error if the call had a key in it,
// because they may quote the call; its code stays.
func (c *Client) SetMessageCallback(ctx context.Context, m MessageCallback) error {
	request := vod.CreateSetMessageCallbackRequest()
	if err := m.check(request.GetActionName()); err != nil {
		return err
	}
	request.AppId, request.CallbackType = m.AppID, m.Type
	request.CallbackURL, request.AuthKey = m.URL, m.AuthKey.Reveal()
	request.MnsEndpoint, request.MnsQueueName = m.Endpoint, m.Queue
	request.EventTypeList = strings.Join(m.Events, ",")
	if m.Type == CallbackHTTP {
		request.AuthSwitch = map[bool]string{true: "on", false: "off"}[m.Signed]
	}
	maps.Copy(request.QueryParams, m.other)
	err := c.call(ctx, c.media, request, vod.CreateSetMessageCallbackResponse())
	if e, ok := errors.AsType[*core.Error](err); ok && e.Code != "" && e.Kind != core.Unauthenticated && !m.AuthKey.Empty() {
		e.Message = "refused, in words that are left out because the call had the callback key in it"
	}
	return err
}

// IsAuthKey reports whether VOD takes a text as the key that callbacks are signed
// with: at most 32 characters, with upper case, lower case and digits among them.
//
// Source: SetMessageCallback, parameter AuthKey.
func IsAuthKey(text string) bool {
	const most = 32
	has := func(from, to rune) bool {
		return strings.ContainsFunc(text, func(r rune) bool { return from <= r && r <= to })
	}
	return len(text) <= most && has('A', 'Z') && has('a', 'z') && has('0', '9')
}

// check finds what would silence VOD.
func (m MessageCallback) check(op string) error {
	var wrong []core.FieldError
	need := func(field, value string) {
		if value == "" {
			wrong = append(wrong, core.FieldError{Field: field, Value: value, Detail: "must not be empty with CallbackType " + m.Type})
		}
	}
	switch m.Type {
	case CallbackHTTP:
		need("CallbackURL", m.URL)
		if most := 256; len(m.URL) > most {
			wrong = append(wrong, core.FieldError{Field: "CallbackURL", Value: len(m.URL), Detail: "must have at most 256 bytes"})
		}
		if m.Signed {
			need("AuthKey", m.AuthKey.Reveal())
		}
	case CallbackMNS:
		need("MnsEndpoint", m.Endpoint)
		need("MnsQueueName", m.Queue)
	default:
		wrong = append(wrong, core.FieldError{Field: "CallbackType", Value: m.Type, Detail: "must be HTTP or MNS"})
	}
	if len(m.Events) == 0 {
		wrong = append(wrong, core.FieldError{Field: "EventTypeList", Value: "", Detail: "must name an event type; none switches all off"})
	}
	if len(wrong) > 0 {
		return &core.Error{Kind: core.Invalid, Op: op, Message: "the settings would silence VOD", Fields: wrong}
	}
	return nil
}
