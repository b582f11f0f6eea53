package vodsim

import (
	"slices"
	"strings"

	aliyunevents "github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// defaultApp is the application of a call that names none.
const defaultApp = "app-1000000"

// MessageCallback is what SetMessageCallback has set for an application, in the
// words of the API. It is kept and shown, and decides nothing: where callbacks
// go, and with which key, is for [Config] to say.
type MessageCallback struct {
	CallbackType  string
	CallbackURL   string
	AuthSwitch    string
	AuthKey       secret.Value
	MnsEndpoint   string
	MnsQueueName  string
	EventTypeList string
}

// MessageCallback returns the settings of an application, empty for the
// account's own. The zero value is that of one that was never set up.
func (s *Server) MessageCallback(app string) MessageCallback {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.callbacks[appOr(app)]
}

func appOr(app string) string {
	if app == "" {
		return defaultApp
	}
	return app
}

func getCallbackParams() map[string]param { return map[string]param{"AppId": optional(anyText)} }

// setCallbackParams are checked as the documentation words them. Words for event
// types are those that it lists, ALL for each, and AIComplete for all whose
// names begin with AI.
func setCallbackParams() map[string]param {
	ofAI := func(name string) bool { return strings.HasPrefix(name, "AI") }
	types := append(slices.DeleteFunc(aliyunevents.Types(), ofAI), "ALL", "AIComplete")
	return map[string]param{
		"AppId":         optional(anyText),
		"CallbackType":  optional(oneOf("HTTP", "MNS")),
		"CallbackURL":   optional(func(url string) bool { return len(url) <= 256 }),
		"AuthSwitch":    optional(oneOf("on", "off")),
		"AuthKey":       optional(callbackKey),
		"MnsEndpoint":   optional(anyText),
		"MnsQueueName":  optional(anyText),
		"EventTypeList": optional(each(types...)),
	}
}

// callbackKey takes up to 32 characters, with upper case, lower case and digits
// among them.
func callbackKey(key string) bool {
	has := func(from, to rune) bool {
		return strings.ContainsFunc(key, func(r rune) bool { return from <= r && r <= to })
	}
	return len(key) <= 32 && has('A', 'Z') && has('a', 'z') && has('0', '9')
}

type callbackAnswer struct {
	RequestID       string           `json:"RequestId"`
	MessageCallback callbackSettings `json:"MessageCallback"`
}

// callbackSettings has, of the two ways, only what belongs to the one that holds.
// The key comes back in clear.
type callbackSettings struct {
	AppID         string `json:"AppId"`
	CallbackType  string `json:"CallbackType,omitempty"`
	CallbackURL   string `json:"CallbackURL,omitempty"`
	AuthSwitch    string `json:"AuthSwitch,omitempty"`
	AuthKey       string `json:"AuthKey,omitempty"`
	MnsEndpoint   string `json:"MnsEndpoint,omitempty"`
	MnsQueueName  string `json:"MnsQueueName,omitempty"`
	EventTypeList string `json:"EventTypeList"`
}

// getCallback answers for an application that was never set up with an empty
// list of events; what the platform does then is not documented.
func (s *Server) getCallback(q request) (any, *refusal) {
	app := appOr(q.get("AppId"))
	m := s.callbacks[app]
	settings := callbackSettings{AppID: app, CallbackType: m.CallbackType, EventTypeList: m.EventTypeList}
	if m.CallbackType == "MNS" {
		settings.MnsEndpoint, settings.MnsQueueName = m.MnsEndpoint, m.MnsQueueName
	} else {
		settings.CallbackURL, settings.AuthSwitch, settings.AuthKey = m.CallbackURL, m.AuthSwitch, m.AuthKey.Reveal()
	}
	return callbackAnswer{q.id, settings}, nil
}

// setCallback replaces all settings of an application: what a call leaves out is
// gone.
func (s *Server) setCallback(q request) (any, *refusal) {
	m := MessageCallback{
		CallbackType: q.get("CallbackType"), CallbackURL: q.get("CallbackURL"),
		AuthSwitch: q.get("AuthSwitch"), AuthKey: secret.New(q.get("AuthKey")),
		MnsEndpoint: q.get("MnsEndpoint"), MnsQueueName: q.get("MnsQueueName"),
		EventTypeList: q.get("EventTypeList"),
	}
	if m.CallbackType == "" {
		m.CallbackType = "HTTP"
	}
	switch {
	case m.CallbackType == "HTTP" && m.CallbackURL == "":
		return nil, missingParameter("CallbackURL")
	case m.CallbackType == "MNS" && m.MnsEndpoint == "":
		return nil, missingParameter("MnsEndpoint")
	case m.CallbackType == "MNS" && m.MnsQueueName == "":
		return nil, missingParameter("MnsQueueName")
	}
	if s.callbacks == nil {
		s.callbacks = make(map[string]MessageCallback)
	}
	s.callbacks[appOr(q.get("AppId"))] = m
	return map[string]string{"RequestId": q.id}, nil
}
