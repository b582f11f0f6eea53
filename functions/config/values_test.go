package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

func TestURLsShowNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for text, want := range map[string]string{
		"embedded:":                                     "embedded:",
		"direct:":                                       "direct:",
		"nats://a:4222":                                 "nats://a:4222",
		"nats://me:hunter2@a:4222":                      "nats://a:4222",
		"nats://hunter2@a,tls://x:y@b":                  "nats://a,tls://b",
		"nats://a?replicas=3":                           "nats://a?replicas=3",
		"nats://me:hunter2@a,nats://b?replicas=5":       "nats://a,nats://b?replicas=5",
		"nats://a?replicas=hunter2":                     "nats://a",
		"nats://a?replicas=3&x=hunter2":                 "nats://a",
		"redis://:hunter2@a/0?cluster=true&prefix=shop": "redis://a/0?cluster=true&prefix=shop",
		"redis://a?prefix=shop&x=hunter2":               "redis://a",
		"redis://a?prefix=shop#hunter2":                 "redis://a",
		"redis://u:1?prefix=hunter2@a":                  "redis://u:1",
		"sqs://host/1/vod?x=hunter2":                    "sqs://host/1/vod",
		"redis://:hunter2@a:6379/1":                     "redis://a:6379/1",
		"rediss://me:hunter2@a?x=hunter2":               "rediss://a",
		"redis://me:hun@hunter2@a":                      "redis://a",
		"redis://me:hunter2/hunter2@a":                  "redis://a",
		"redis:me:hunter2@a":                            "a",
		"":                                              "",
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			u := config.URL(text)
			if u.String() != want || u.Reveal() != text {
				t.Errorf("shows %q, want %q", u, want)
			}
			var shown bytes.Buffer
			inside := struct{ U config.URL }{u}
			fmt.Fprintf(&shown, "%v %+v %#v %s %q %x %v %+v %#v\n", u, u, u, u, u, u, inside, inside, &inside)
			slog.New(slog.NewTextHandler(&shown, nil)).InfoContext(t.Context(), "text", "url", u, "inside", inside)
			slog.New(slog.NewJSONHandler(&shown, nil)).InfoContext(t.Context(), "json", "url", u, "inside", inside)
			encoded, err := json.Marshal(inside)
			if err != nil {
				t.Fatal(err)
			}
			shown.Write(encoded)
			if strings.Contains(shown.String(), secret) || strings.Contains(shown.String(), fmt.Sprintf("%x", secret)) {
				t.Errorf("a secret is shown: %s", shown.String())
			}
		})
	}
}

// A password that was not encoded ends up in any part of the URL.
func TestURLErrorsShowNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for _, text := range []string{
		"redis://me:hunter2@", "redis://me:hunter2 @a", "redis://me:hunter2?@a", "redis://hunter2:123?4@a", "nats://me:hunter2@a:port",
		"nats://me:hunter2@a?replicas=2", "nats://me:hunter2@a?hunter2", "kafka://me:hunter2@a", "direct:hunter2", "embedded:hunter2",
		"redis://me:hunter2,x@a", "redis:hunter2@a",
	} {
		for _, name := range []string{"QUEUE_URL", "STORE_URL"} {
			_, err := config.Load([]string{name + "=" + text})
			if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), name+": ") || !strings.Contains(err.Error(), "must be ") {
				t.Errorf("%s=%s: got %v", name, text, err)
				continue
			}
			shown, _ := errors.AsType[*core.Error](err)
			if all := fmt.Sprintf("%v %+v %#v %v", err, err, shown, shown.Fields); strings.Contains(all, secret) {
				t.Errorf("%s=%s: the error shows it: %s", name, text, all)
			}
		}
	}
}

func TestConfigurationsShowNoSecrets(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{"QUEUE_URL=nats://me:hunter2@a", "STORE_URL=redis://:hunter2@b/0"})
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	fmt.Fprintf(&shown, "%v %+v %#v %v %v", cfg, cfg, cfg, cfg.Settings(), cfg.Notes())
	slog.New(slog.NewTextHandler(&shown, nil)).InfoContext(t.Context(), "text", "cfg", cfg)
	slog.New(slog.NewJSONHandler(&shown, nil)).InfoContext(t.Context(), "json", "cfg", cfg)
	if strings.Contains(shown.String(), "hunter2") {
		t.Errorf("a password is shown: %s", shown.String())
	}
	if !strings.Contains(shown.String(), "nats://a") || !strings.Contains(shown.String(), "redis://b/0") {
		t.Errorf("the addresses are not shown: %s", shown.String())
	}
}

func TestSchemes(t *testing.T) {
	t.Parallel()
	for text, want := range map[config.URL]string{
		"embedded:": "embedded:", "nats://a,tls://b": "nats:", "rediss://a:1/0": "rediss:", "direct": "direct:", "": ":",
	} {
		if got := text.Scheme(); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestReplicas(t *testing.T) {
	t.Parallel()
	for text, want := range map[config.URL]int{
		"nats://a": 1, "nats://a?replicas=1": 1, "nats://a,nats://b?replicas=3": 3, "tls://a?replicas=5": 5,
		"nats://a?replicas=0": 1, "nats://a?replicas=4": 1, "nats://a?replicas=": 1, "nats://a?x": 1,
	} {
		servers, copies := text.NATS()
		if copies != want || strings.Contains(servers, "?") || !strings.HasPrefix(string(text), servers) {
			t.Errorf("%q: got %q and %d, want %d", text, servers, copies, want)
		}
	}
}

func TestPercent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]float64{"10": 0.1, "10%": 0.1, "10 %": 0.1, "\t10%\t": 0.1, "0": 0, "100%": 1, "12.5": 0.125} {
		var p config.Percent
		if err := p.UnmarshalText([]byte(text)); err != nil || p.Share() != want {
			t.Errorf("%q: got %v, %v, want %v", text, p.Share(), err, want)
		}
	}
	for _, text := range []string{"", "%", "ten", "10%%", "1 0"} {
		var p config.Percent
		if err := p.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is taken for %v", text, p)
		}
	}
}

func TestZones(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]struct {
		shown string
		hour  string
	}{
		"+08:00": {"+08:00", "20:00"}, "-03:30": {"-03:30", "08:30"}, "+00:00": {"+00:00", "12:00"}, "Z": {"+00:00", "12:00"}, "+05:45": {"+05:45", "17:45"},
	} {
		var z config.Zone
		if err := z.UnmarshalText([]byte(text)); err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if hour := noon.In(z.Location).Format("15:04"); z.String() != want.shown || hour != want.hour {
			t.Errorf("%q: got %q, where noon is %s, want %q and %s", text, z, hour, want.shown, want.hour)
		}
	}
	if shown := (config.Zone{}).String(); shown != "" {
		t.Errorf("no zone is shown as %q", shown)
	}
}

func ExampleURL() {
	cfg, err := config.Load([]string{"QUEUE_URL=nats://me:secret@a:4222,nats://b:4222?replicas=3"})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, copies := cfg.QueueURL.NATS()
	fmt.Println(cfg.QueueURL, cfg.QueueURL.Scheme(), copies)
	// Output: nats://a:4222,nats://b:4222?replicas=3 nats: 3
}
