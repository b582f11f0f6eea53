package instance_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/refresh"
)

// ask requests something as an operator.
func (b bundle) ask(t *testing.T, method, path, body string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer made-up-api-token-0123")
	w := httptest.NewRecorder()
	b.Handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: got %d %s", method, path, w.Code, w.Body)
	}
	return w
}

// Operators read what was poison, why and in its own words, and can have it tried
// again: it is still poison, for the same reason.
func TestDeadLettersOfOperators(t *testing.T) {
	t.Parallel()
	b := setup(t, "QUEUE_URL="+fctest.StartRedis(t).URL, "API_TOKENS=made-up-api-token-0123")
	e := batch(5)
	poison := map[string]string{"hello": "neither a JSON object", `{"v":9,"task":{}}`: "v: must be 1", `{"a":1}`: "neither a callback"}
	for body := range poison {
		e.Messages = append(e.Messages, envelope.Message{ID: "poison", Body: []byte(body)})
	}
	if _, err := b.handle(t, e); err != nil {
		t.Fatal(err)
	}
	for _, after := range []string{"the batch", "a redrive"} {
		var got refresh.DeadLetters
		if err := json.Unmarshal(b.ask(t, http.MethodGet, "/v1/dead", "").Body.Bytes(), &got); err != nil || got.Total != len(poison) || len(got.Dead) != len(poison) {
			t.Fatalf("after %s: got %+v, %v", after, got, err)
		}
		for _, l := range got.Dead {
			if part := poison[l.Message.Body]; part == "" || !strings.Contains(l.Reason, "cannot be read") || !strings.Contains(l.Reason, part) {
				t.Errorf("after %s: got %q for %q, want %q", after, l.Reason, l.Message.Body, part)
			}
		}
		if got := b.ask(t, http.MethodPost, "/v1/dead/redrive", `{"all":true}`); !strings.Contains(got.Body.String(), `"redriven":3`) {
			t.Errorf("got %s", got.Body)
		}
		if _, err := b.handle(t, envelope.Event{Kind: envelope.Timer}); err != nil {
			t.Fatal(err)
		}
	}
	if media, calls := b.refreshed(); calls != 1 || len(media) != 5 {
		t.Errorf("%d calls about %d media, want one about 5", calls, len(media))
	}
}
