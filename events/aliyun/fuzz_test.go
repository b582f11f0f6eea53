package aliyun_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds in %s: %v", folder, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body)
	}
	f.Add([]byte("eyJWaWRlb0lkIjoiYSJ9"))
	f.Add([]byte(`{"Extend":[{}, "\ud800"],"Data":"{","StreamInfos":[null,{"Definition":"-"}],"EventTime":"2022-10-20T10:29:46:"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		event, err := aliyun.Decode(body)
		text := bytes.TrimLeft(body, " \t\r\n")
		object := bytes.HasPrefix(text, []byte("{"))
		if err != nil && object && json.Valid(body) {
			t.Fatalf("a JSON object is refused: %v", err)
		}
		if err != nil {
			if _, ok := errors.AsType[*aliyun.DecodeError](err); !ok || len(err.Error()) > 150 {
				t.Fatalf("error %T %q, want a short *DecodeError", err, err)
			}
			return
		}
		checkEvent(t, event)
		if !object {
			return
		}
		wrapped, err := aliyun.Decode([]byte(base64.StdEncoding.EncodeToString(body)))
		if err != nil || !reflect.DeepEqual(wrapped, event) {
			t.Fatalf("in base64 it is %s, error %v; plain %s", show(wrapped), err, show(event))
		}
	})
}

// checkEvent checks what holds for every decoded event, whatever was sent.
func checkEvent(t *testing.T, event events.Event) {
	t.Helper()
	if !json.Valid(event.Raw) {
		t.Fatalf("Raw is not JSON: %q", event.Raw)
	}
	if event.Provider != events.Aliyun || event.Kind != aliyun.Kind(event.Type) {
		t.Fatalf("provider %q, type %q, kind %q", event.Provider, event.Type, event.Kind)
	}
	texts := append([]string{event.MediaID, event.Extend, event.ErrorCode, event.ErrorMessage, event.Type}, event.JobIDs...)
	for _, stream := range event.Streams {
		texts = append(texts, stream.JobID, stream.URL)
		if !slices.Contains([]string{"", "mp4", "m3u8", "mp3", "flv", "webm", "ts"}, stream.Format) {
			t.Fatalf("format %q", stream.Format)
		}
		if !slices.Contains([]string{"", "FD", "LD", "SD", "HD", "2K", "4K", "OD", "SQ", "HQ", "AUTO"}, stream.Definition) {
			t.Fatalf("definition %q", stream.Definition)
		}
	}
	for _, text := range texts {
		if !utf8.ValidString(text) {
			t.Fatalf("not UTF-8: %q", text)
		}
	}
	if slices.Contains(event.JobIDs, "") {
		t.Fatalf("an empty job ID in %q", event.JobIDs)
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("1519375990", vectorSignature, "", int64(vectorTime))
	f.Add("1519375990", strings.ToUpper(vectorSignature), "", int64(vectorTime+301))
	f.Add("1519375990", vectorSignature[:31], vectorSignature, int64(vectorTime))
	f.Add("+519375990", "", "", int64(0))
	f.Add("９", vectorSignature+"0", "", int64(-1<<63))
	v, err := aliyun.NewVerifier([]string{vectorURL, "http://b.example.com"}, secrets(vectorKey, "other"))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, timestamp, signature, second string, now int64) {
		h := http.Header{"X-Vod-Timestamp": {timestamp}, "X-Vod-Signature": {signature}}
		if second != "" {
			h.Add(aliyun.HeaderSignature, second)
		}
		signed, err := v.Verify(h, time.Unix(now, 0))
		if err != nil {
			refused, ok := errors.AsType[*aliyun.VerifyError](err)
			if !ok || !signed.IsZero() {
				t.Fatalf("error %T %v, time %v", err, err, signed)
			}
			if sum, err := hex.DecodeString(signature); err == nil && len(sum) >= 8 && strings.Contains(refused.Error(), signature) {
				t.Fatalf("error %q shows the signature", err)
			}
			return
		}
		// What is accepted is exactly what a holder of a key would have sent.
		age := now - signed.Unix()
		if second != "" || age < -300 || age > 300 {
			t.Fatalf("accepted %v at %d", h, now)
		}
		for _, u := range []string{vectorURL, "http://b.example.com"} {
			for _, key := range []string{vectorKey, "other"} {
				want := aliyun.Sign(u, secret.New(key), signed)
				if want.Get(aliyun.HeaderTimestamp) == timestamp && strings.EqualFold(want.Get(aliyun.HeaderSignature), signature) {
					return
				}
			}
		}
		t.Fatalf("accepted %v, which nobody signed", h)
	})
}
