package instance_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
)

const (
	keyID  = "LTAI5tMadeUpKey"
	keyOne = "MadeUpSecret0123456789"
)

// bundle is a refresh function with the platform that it calls.
type bundle struct {
	*instance.Instance

	platform *vodsim.Server
	log      *fctest.Log
}

// setup opens an instance whose platform has every media but those that begin
// with missing.
func setup(t *testing.T, environ ...string) bundle {
	t.Helper()
	platform := vodsim.New(vodsim.Config{
		AccessKeyID: keyID, AccessKeySecret: secret.New(keyOne), AnyMedia: true, Rate: -1, RefreshQuota: -1, SubmitTime: -1, RefreshTime: -1,
	})
	t.Cleanup(func() { _ = platform.Close() })
	url, err := platform.Start()
	if err != nil {
		t.Fatal(err)
	}
	b := bundle{platform: platform, log: &fctest.Log{}}
	b.Instance, err = instance.Open(t.Context(), instance.Options{Out: b.log, Environ: append([]string{
		"FUNCTION=refresh", "ALIYUN_VOD_ENDPOINT=" + url, "ALIBABA_CLOUD_ACCESS_KEY_ID=" + keyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + keyOne,
	}, environ...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b
}

// refreshed counts, for each media, the calls that it was in; and the calls.
func (b bundle) refreshed() (media map[string]int, calls int) {
	media = make(map[string]int)
	for _, call := range b.platform.Calls() {
		if call.Action != "RefreshMediaPlayUrls" {
			continue
		}
		calls++
		for _, id := range call.MediaIDs {
			media[id]++
		}
	}
	return media, calls
}

// handle hands over an event, with the time that a function has.
func (b bundle) handle(t *testing.T, e envelope.Event) (instance.Result, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	return b.Handle(ctx, e)
}

// batch are callbacks about so many media, each a message.
func batch(count int) envelope.Event {
	e := envelope.Event{Kind: envelope.Queue}
	for n := range count {
		e.Messages = append(e.Messages, envelope.Message{ID: fmt.Sprint("message-", n), Body: transcoded(fmt.Sprint("media-", n))})
	}
	return e
}

func transcoded(media string) []byte {
	return []byte(`{"EventType":"TranscodeComplete","EventTime":"2026-05-28T20:26:40Z","Status":"success","VideoId":"` + media +
		`","StreamInfos":[{"Status":"success","Definition":"SD","Format":"m3u8"}]}`)
}

// wantLog checks that a log says something, and keeps secrets.
func wantLog(t *testing.T, log fmt.Stringer, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(log.String(), part) {
			t.Errorf("the log does not say %q: %s", part, log)
		}
	}
	if strings.Contains(log.String(), keyOne) {
		t.Errorf("the log tells a key: %s", log)
	}
}
