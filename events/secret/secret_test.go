package secret_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

const text = "correct horse battery"

// holder has a secret in every place that fmt reaches in a way of its own.
type holder struct {
	Exported   secret.Value
	unexported secret.Value
	Pointer    *secret.Value
	list       []secret.Value
	table      map[string]secret.Value
	boxed      any
	inner      struct{ deep secret.Value }
}

func newHolder() holder {
	v := secret.New(text)
	h := holder{
		Exported: v, unexported: v, Pointer: &v, list: []secret.Value{v},
		table: map[string]secret.Value{"k": v}, boxed: v,
	}
	h.inner.deep = v
	return h
}

// wantHidden fails if out shows the secret, as text or in hexadecimal.
func wantHidden(tb testing.TB, how, out string) {
	tb.Helper()
	for _, shape := range []string{text, "correct", hex.EncodeToString([]byte(text)), strings.ToUpper(hex.EncodeToString([]byte(text)))} {
		if strings.Contains(out, shape) {
			tb.Errorf("%s shows the secret: %s", how, out)
		}
	}
}

func TestValueHidesFromFmt(t *testing.T) {
	t.Parallel()
	v := secret.New(text)
	h := newHolder()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%t", "%p", "%10.3s", "%-40v", "%T %[1]v"} {
		for _, value := range []any{v, &v, h, &h, []secret.Value{v}, map[string]secret.Value{"k": v}, errors.Join(fmt.Errorf("key %v", v))} {
			wantHidden(t, fmt.Sprintf("%s of %T", verb, value), fmt.Sprintf(verb, value))
		}
	}
	if got := fmt.Sprintf("%s|%5d|%+v", v, v, v); got != "***|***|***" {
		t.Errorf("it prints as %q", got)
	}
	if v.String() != "***" {
		t.Errorf("String is %q", v.String())
	}
	if got := fmt.Sprintln(secret.Value{}); got != "***\n" {
		t.Errorf("an empty one prints as %q, which tells that it is empty", got)
	}
}

func TestValueHidesFromLogs(t *testing.T) {
	t.Parallel()
	for name, newHandler := range map[string]func(*bytes.Buffer) slog.Handler{
		"text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			v := secret.New(text)
			log := slog.New(newHandler(&out)).With("with", v)
			log.Info("message", "value", v, "pointer", &v, "holder", newHolder(), slog.Group("group", "value", v))
			wantHidden(t, name, out.String())
			if !strings.Contains(out.String(), "***") {
				t.Errorf("it logs as %s", out.String())
			}
		})
	}
}

func TestValueHidesFromEncoders(t *testing.T) {
	t.Parallel()
	out, err := json.Marshal(newHolder())
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"Exported":"***","Pointer":"***"}`; string(out) != want {
		t.Errorf("JSON is %s, want %s", out, want)
	}
	// Encoders and handlers differ in which of these they ask for.
	v := secret.New(text)
	plain, err := v.MarshalText()
	if err != nil || string(plain) != "***" {
		t.Errorf("text is %q, error %v", plain, err)
	}
	quoted, err := v.MarshalJSON()
	if err != nil || string(quoted) != `"***"` {
		t.Errorf("JSON is %q, error %v", quoted, err)
	}
	if got := slog.AnyValue(v).Resolve(); got.Kind() != slog.KindString || got.String() != "***" {
		t.Errorf("slog resolves it to %v", got)
	}
}

func TestValueKeepsItsText(t *testing.T) {
	t.Parallel()
	for _, want := range []string{"", " ", text, " leads and ends in a blank\n", "\x00\xff"} {
		made := secret.New(want)
		var read secret.Value
		buf := []byte(want)
		if err := read.UnmarshalText(buf); err != nil {
			t.Fatal(err)
		}
		for i := range buf {
			buf[i] = 'x' // the caller may use its buffer again
		}
		for how, v := range map[string]secret.Value{"New": made, "UnmarshalText": read} {
			if v.Reveal() != want || v.Empty() != (want == "") {
				t.Errorf("%s(%q): reveals %q, empty %v", how, want, v.Reveal(), v.Empty())
			}
		}
	}
	if zero := (secret.Value{}); !zero.Empty() || zero.Reveal() != "" {
		t.Error("the zero value is not empty")
	}
}
