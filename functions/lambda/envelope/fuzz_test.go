package envelope_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelopetest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// FuzzDecode: whatever comes, there is an event, a request and an answer, or an
// error of kind Invalid.
func FuzzDecode(f *testing.F) {
	files, err := filepath.Glob("../../../testdata/lambda/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no events in testdata: %v", err)
	}
	for _, file := range files {
		event, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(event)
	}
	f.Add([]byte(`{"httpMethod":"GET","path":"/%zz","multiValueHeaders":{"":[""]},"body":"?","isBase64Encoded":true}`))
	f.Fuzz(func(t *testing.T, event []byte) {
		e, err := envelope.Decode(event)
		if err != nil {
			if core.KindOf(err) != core.Invalid {
				t.Errorf("kind %s: %v", core.KindOf(err), err)
			}
			return
		}
		if e.HTTP == nil {
			if e.Tick == (len(e.Records) > 0) {
				t.Errorf("both or nothing: %+v", e)
			}
			return
		}
		r, err := e.HTTP.Request(t.Context())
		if err != nil {
			return
		}
		w := e.HTTP.Answer()
		http.NewServeMux().ServeHTTP(w, r)
		if a := w.Envelope(); a.StatusCode < 100 || !json.Valid([]byte(encoded(t, a))) {
			t.Errorf("answers %+v", a)
		}
	})
}

// FuzzRoundTrip: what a client sends comes out of every envelope as it went in.
func FuzzRoundTrip(f *testing.F) {
	f.Add("/v1/refresh", "a=1&a=2", "Bearer x", []byte("{}"))
	f.Add("/a%2Fb", "", "a, b", []byte("\xff\x00"))
	f.Fuzz(func(t *testing.T, path, query, value string, body []byte) {
		sent, err := http.NewRequest(http.MethodPost, "http://h.example.com"+path+"?"+query, nil)
		if err != nil || sent.URL.Path == "" || sent.URL.RawQuery != query || sent.URL.Fragment != "" || !utf8.ValidString(path) || !utf8.ValidString(query) || !utf8.ValidString(value) {
			return // no such request can be sent
		}
		for _, source := range envelopetest.Sources() {
			event, err := source.Event(requesttest.Request{
				Method: http.MethodPost, Path: sent.URL.EscapedPath(), Query: query, Body: body,
				Header: []requesttest.Field{{Name: "X-Value", Value: value}},
			})
			if err != nil {
				t.Fatal(err)
			}
			e, err := envelope.Decode(event)
			if err != nil {
				t.Fatalf("%s: %v", source.Name, err)
			}
			r, err := e.HTTP.Request(t.Context())
			if err != nil {
				t.Fatalf("%s: %v", source.Name, err)
			}
			got, err := io.ReadAll(r.Body)
			if !bytes.Equal(got, body) || err != nil {
				t.Errorf("%s: body %q, want %q, %v", source.Name, got, body, err)
			}
			if r.URL.Path != sent.URL.Path {
				t.Errorf("%s: path %q, want %q", source.Name, r.URL.Path, sent.URL.Path)
			}
			joined := ""
			for i, one := range r.Header.Values("X-Value") {
				joined += map[bool]string{true: ","}[i > 0] + one
			}
			if joined != value {
				t.Errorf("%s: header %q, want %q", source.Name, joined, value)
			}
		}
	})
}

func encoded(t *testing.T, answer envelope.Envelope) string {
	t.Helper()
	text, err := json.Marshal(answer)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
