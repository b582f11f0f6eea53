package command

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// jobEvent tells how far a refresh has come. The console does not offer it.
const jobEvent = "SubmitMediaRefreshComplete"

// check finds mistakes in the flags themselves.
func (f setupFlags) check() error {
	u, err := url.Parse(f.url)
	switch {
	case f.url != "" && f.queue != "":
		return usageError{errors.New("--url and --queue: VOD calls back on one way; name one of them")}
	case (f.queue == "") != (f.endpoint == ""):
		return usageError{errors.New("--queue and --endpoint: must be given together")}
	case f.url != "" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		return usageError{fmt.Errorf("--url %q: must begin with http:// or https:// and name a host", f.url)}
	}
	return nil
}

// wanted are the settings that are to be, made from those that are.
func (f setupFlags) wanted(now aliyun.MessageCallback, cfg config.Config) (aliyun.MessageCallback, error) {
	want := now
	want.Events = slices.Clone(now.Events)
	if want.AppID == "" {
		want.AppID = f.app
	}
	switch {
	case f.url != "":
		key, err := f.callbackKey(cfg)
		if err != nil {
			return want, err
		}
		want.Type, want.URL, want.Signed, want.AuthKey = aliyun.CallbackHTTP, f.url, true, key
		want.Endpoint, want.Queue = "", "" // VOD shows what belongs to one way only
	case f.queue != "":
		want.Type, want.Endpoint, want.Queue = aliyun.CallbackMNS, f.endpoint, f.queue
		want.URL, want.Signed, want.AuthKey = "", false, secret.Value{}
	case now.Type == "":
		return want, errors.New("VOD calls nobody back yet: say where to, with --url or with --queue and --endpoint")
	}
	for _, event := range neededEvents(cfg) {
		if !slices.Contains(want.Events, aliyun.AllEvents) && !slices.Contains(want.Events, event) {
			want.Events = append(want.Events, event)
		}
	}
	return want, nil
}

// callbackKey is the key that VOD is to sign with.
func (f setupFlags) callbackKey(cfg config.Config) (secret.Value, error) {
	if !slices.Contains(cfg.CallbackURLs, f.url) || len(cfg.CallbackKeys) == 0 {
		return secret.Value{}, errors.New("--url needs ALIYUN_CALLBACK_KEYS, the first of which signs, and must be one of ALIYUN_CALLBACK_URLS to the letter: " +
			"what is signed otherwise is refused")
	}
	if !aliyun.IsAuthKey(cfg.CallbackKeys[0].Reveal()) {
		return secret.Value{}, errors.New("the first of ALIYUN_CALLBACK_KEYS cannot be VOD's: it must have at most 32 characters, with upper case, lower case and digits")
	}
	return cfg.CallbackKeys[0], nil
}

// neededEvents are the event types that the rules want, as VOD's settings call
// them, and the one that follows a job.
func neededEvents(cfg config.Config) []string {
	var needed []string
	for _, rule := range cfg.Rules.All() {
		if rule.Provider != events.Aliyun {
			continue
		}
		name := rule.On[0]
		if strings.HasPrefix(name, "AI") {
			name = aliyun.AIEvents
		}
		needed = append(needed, name)
	}
	slices.Sort(needed)
	return append(slices.Compact(needed), jobEvent)
}

// target is where callbacks go, in words; empty if nowhere.
func target(m aliyun.MessageCallback) string {
	switch m.Type {
	case "":
		return ""
	case aliyun.CallbackMNS:
		return fmt.Sprintf("queue %s at %s", m.Queue, m.Endpoint)
	}
	return m.URL
}

// moves says where callbacks go now, if they are to go somewhere else.
func moves(now, want aliyun.MessageCallback) string {
	if from := target(now); from != target(want) {
		return from
	}
	return ""
}
