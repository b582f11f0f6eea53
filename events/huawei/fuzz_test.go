package huawei_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds in %s: %v", folder, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte("An asset has been transcoded."))
	f.Add([]byte(`{"event_type":"_","info":{"output":[null,{"quality":"\ud800"}],"asset_id":{},"assetid":7}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		event, err := huawei.Decode(text)
		object := bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{"))
		if (err == nil) != (object && json.Valid(text)) {
			t.Fatalf("error %v of %q", err, text)
		}
		if err != nil {
			if _, ok := errors.AsType[*huawei.DecodeError](err); !ok || len(err.Error()) > 250 {
				t.Fatalf("error %T %q, want a short *DecodeError", err, err)
			}
			return
		}
		checkEvent(t, event)
	})
}

// checkEvent checks what holds for every decoded event, whatever was sent.
func checkEvent(t *testing.T, event events.Event) {
	t.Helper()
	if event.Provider != events.Huawei || event.Kind != huawei.Kind(event.Type) || !event.Time.IsZero() {
		t.Fatalf("provider %q, type %q, kind %q, time %v", event.Provider, event.Type, event.Kind, event.Time)
	}
	if known := event.Kind != events.Unknown; known != slices.Contains(huawei.Types(), event.Type) {
		t.Fatalf("type %q is not in its own spelling", event.Type)
	}
	texts := []string{event.Type, event.MediaID, event.ErrorCode, event.ErrorMessage}
	for _, s := range event.Streams {
		texts = append(texts, s.URL)
		if !slices.Contains([]string{"", "mp4", "m3u8", "mp3", "flv"}, s.Format) || s.Status != event.Status {
			t.Fatalf("stream %+v", s)
		}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
	}
}

func FuzzMFSOpen(f *testing.F) {
	f.Add("1700000000000", vectorMillis, "", []byte(body), int64(vectorUnix))
	f.Add("1700000000", vectorSeconds, "", []byte(`{"message":`+quoted(body)+`}`), int64(vectorUnix))
	f.Add("1700000000", strings.ToUpper(vectorSeconds), "x", []byte(`{"message":`+body+`}`), int64(0))
	f.Add("+700000000", "", "", []byte(`{"message":null}`), int64(-1<<63))
	v, err := huawei.NewMFSVerifier(secrets(vectorKey, "other"), time.Hour)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, timestamp, signature, second string, text []byte, now int64) {
		h := http.Header{"Auth_timestamp": {timestamp}, "Auth_sign": {signature}}
		if second != "" {
			h.Add(huawei.HeaderSign, second)
		}
		m, err := v.Open(h, text, time.Unix(now, 0))
		if err != nil {
			if _, ok := errors.AsType[*huawei.VerifyError](err); !ok || m.ID != "" {
				t.Fatalf("error %T %v, message %+v", err, err, m)
			}
			return
		}
		// What is accepted is exactly what a holder of a key would have sent.
		if second != "" || m.Channel != huawei.MFS || !strings.HasPrefix(m.ID, "mfs/") {
			t.Fatalf("accepted %v as %+v", h, m)
		}
		if len(timestamp) == 10 {
			return // SignMFS sends milliseconds
		}
		for _, key := range []string{vectorKey, "other"} {
			want := huawei.SignMFS(secret.New(key), m.Time, string(m.Body))
			if want.Get(huawei.HeaderTimestamp) == timestamp && strings.EqualFold(want.Get(huawei.HeaderSign), signature) {
				return
			}
		}
		t.Fatalf("accepted %v with %q, which nobody signed", h, m.Body)
	})
}

func FuzzSMNOpen(f *testing.F) {
	genuine, want := sign(f, smnKey(), message())
	_, invitation := sign(f, smnKey(), invitation())
	f.Add("Notification", want)
	f.Add("SubscriptionConfirmation", invitation)
	f.Add("", []byte(`{"topic_urn":"`+topic+`","type":"Notification","signature_version":"v1"}`))
	f.Add("\x00", []byte(`[{"topic_urn":null}]`))
	cert := parse(f, certificate(f, smnKey()))
	v, err := huawei.NewSMNVerifier(huawei.SMNConfig{Topics: []string{topic}, Certificates: given{cert: cert}})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sort string, text []byte) {
		h := genuine.Clone()
		h.Set(huawei.HeaderMessageType, sort)
		m, err := v.Open(context.Background(), h, text, signed())
		if err != nil {
			if _, ok := errors.AsType[*huawei.VerifyError](err); !ok || m.ID != "" {
				t.Fatalf("error %T %v, message %+v", err, err, m)
			}
			return
		}
		// Nobody but SMN can sign: only what the two seeds say is ever accepted.
		if m.Topic != topic || m.Time != signed() || m.ID != "smn/"+message().ID {
			t.Fatalf("accepted %+v", m)
		}
		switch m.Sort {
		case huawei.Notification:
			if string(m.Body) != body || !m.Subscribe.Empty() {
				t.Fatalf("accepted %+v", m)
			}
		case huawei.SubscriptionConfirmation:
			if m.Body != nil || m.Subscribe.Reveal() != invite {
				t.Fatalf("accepted %+v", m)
			}
		default:
			t.Fatalf("accepted %+v", m)
		}
	})
}
