package wire_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/core/wire"
)

func TestToken(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		value any
		want  string
	}{
		{"Forbidden.RAM", "Forbidden.RAM"},
		{"VOD.10053", "VOD.10053"},
		{"2C5A-11_b", "2C5A-11_b"},
		{strings.Repeat("a", 128), strings.Repeat("a", 128)},
		{strings.Repeat("a", 129), ""},
		{"", ""},
		{"two words", ""},
		{"http://example.com", ""},
		{"line\n", ""},
		{7.0, ""},
		{nil, ""},
	} {
		if got := wire.Token(tc.value); got != tc.want {
			t.Errorf("Token(%v) = %q, want %q", tc.value, got, tc.want)
		}
	}
}

func TestRedact(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"plain", "The video does not exist.", "The video does not exist."},
		{"nothing", "", ""},
		{"lines", " a\n\tb\x00\x1b[31m ", "a b [31m"},
		{"broken", "a\xffb", "ab"},
		{"URL", "see https://cdn.example.com/a?auth_key=1 please", "see (URL) please"},
		{"key", "the user of made-up-key may not", ""},
		{"signature", "GET /?Signature=abc&x=1", ""},
		{"200 characters", strings.Repeat("ä", 200), strings.Repeat("ä", 200)},
		{"long", strings.Repeat("ä", 300), strings.Repeat("ä", 200) + "…"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got := wire.Redact(tc.text, "made-up-key", "", "Signature="); got != tc.want {
				t.Errorf("Redact(%q) = %q, want %q", tc.text, got, tc.want)
			}
		})
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("see https://example.com/a", "key")
	f.Add("the key is here", "key")
	f.Add("a\xff\n\x00", "")
	f.Fuzz(func(t *testing.T, text, hidden string) {
		got := wire.Redact(text, hidden)
		switch {
		case !utf8.ValidString(got), strings.ContainsAny(got, "\n\r\t\x00"), strings.Contains(got, "://"), utf8.RuneCountInString(got) > 201:
			t.Errorf("%q leaves %q", text, got)
		case hidden != "" && strings.Contains(text, hidden) && got != "":
			t.Errorf("%q leaves %q of a text that hides %q", text, got, hidden)
		}
	})
}
