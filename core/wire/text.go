package wire

import (
	"strings"
	"unicode"
)

// alphanumeric are the letters and digits that stand in IDs and names.
const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

// Token returns a value that may stand in an error text as it is: a string such as
// a code or a request ID. Anything else, a number included, is no such value.
func Token(v any) string {
	const most = 128
	s, _ := v.(string)
	if len(s) > most || strings.Trim(s, alphanumeric+"._-") != "" {
		return ""
	}
	return s
}

// Redact makes a text of the provider fit for an error: one line, at most 200
// characters, no URL, and nothing at all if one of the hidden texts stands in it:
// keys, tokens, and what announces a signature. Hidden texts that are empty do
// not count.
func Redact(text string, hidden ...string) string {
	const most = 200
	for _, h := range hidden {
		if h != "" && strings.Contains(text, h) {
			return ""
		}
	}
	words := strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r)
	})
	for i, word := range words {
		if strings.Contains(word, "://") {
			words[i] = "(URL)"
		}
	}
	text = strings.Join(words, " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return text
}
