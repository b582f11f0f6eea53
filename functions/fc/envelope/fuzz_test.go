package envelope_test

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
)

// FuzzDecode looks for events that are refused without a word, lose a message,
// or make a request that no server would hand to a handler.
func FuzzDecode(f *testing.F) {
	for _, payload := range recorded(f) {
		f.Add(payload)
	}
	for _, payload := range []string{
		``, `[]`, `[[[]]]`, `[null,"",7,{"data":""}]`, `"eyJ9"`, `{"data":{"messageBody":[1,{"a":null}]}}`,
		`{"requestContext":{"http":{"method":"GET"}},"rawPath":"//%2e%2e/?","headers":{"a b":"\n"},"queryParameters":{"":";"}}`,
	} {
		f.Add([]byte(payload))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		e, err := envelope.Decode(payload)
		if err != nil {
			if core.KindOf(err) != core.Invalid || len(err.Error()) > 300 {
				t.Fatalf("error %v", err)
			}
			return
		}
		if !json.Valid(bytes.TrimSpace(payload)) {
			t.Fatalf("took %q for %q", payload, e.Kind)
		}
		switch e.Kind {
		case envelope.HTTP:
			checkRequest(t, e.Request)
		case envelope.Queue:
			checkMessages(t, payload, e.Messages)
		case envelope.Timer:
		default:
			t.Fatalf("kind %q", e.Kind)
		}
	})
}

func checkRequest(t *testing.T, request envelope.Request) {
	t.Helper()
	r, err := request.HTTP(t.Context())
	if err != nil {
		if core.KindOf(err) != core.Invalid {
			t.Fatal(err)
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || !bytes.Equal(body, request.Body) || r.ContentLength != int64(len(body)) {
		t.Fatalf("body %q, %v, want %q", body, err, request.Body)
	}
	if !strings.HasPrefix(r.URL.Path, "/") || r.URL.EscapedPath() == "" || len(r.URL.Query()) > len(request.Query) {
		t.Fatalf("URL %+v of %+v", r.URL, request)
	}
	for name, value := range request.Query {
		if got := r.URL.Query().Get(name); got != value {
			t.Fatalf("query %q: got %q, want %q", name, got, value)
		}
	}
}

func checkMessages(t *testing.T, payload []byte, messages []envelope.Message) {
	t.Helper()
	var elements []json.RawMessage
	if json.Unmarshal(bytes.TrimSpace(payload), &elements) != nil {
		elements = []json.RawMessage{payload}
	}
	if len(messages) != len(elements) {
		t.Fatalf("%d messages of %d elements", len(messages), len(elements))
	}
}
