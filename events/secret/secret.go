// Package secret holds the type for keys and tokens that must never be shown.
//
// It may import the standard library only.
package secret

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// mask is what every secret looks like from outside.
const mask = "***"

// Value is a secret that shows itself as *** in every fmt verb, in slog and in
// JSON, so that printing a configuration or an error cannot leak it. The zero
// Value is empty. Values are not to be compared with ==.
type Value struct {
	// A pointer, because fmt does not call the methods of an unexported field
	// and would print the text of a Value in one: of a pointer it prints the
	// address.
	text *string
}

// New wraps a secret text.
func New(text string) Value { return Value{text: &text} }

// Reveal returns the text itself. Call it only where the secret is used: to
// sign, to compare, to send.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Empty reports whether there is no secret.
func (v Value) Empty() bool { return v.Reveal() == "" }

// String returns *** so that a secret can stand in a message.
func (v Value) String() string { return mask }

// Format prints *** whatever the verb and its flags are.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, mask) }

// LogValue is *** in every slog handler.
func (v Value) LogValue() slog.Value { return slog.StringValue(mask) }

// MarshalJSON encodes a secret as "***".
func (v Value) MarshalJSON() ([]byte, error) { return json.Marshal(mask) }

// MarshalText encodes a secret as ***, also as a map key or in YAML.
func (v Value) MarshalText() ([]byte, error) { return []byte(mask), nil }

// UnmarshalText takes the text as it is, without trimming: a key may end in a
// blank. This is how a configuration loader fills a Value.
func (v *Value) UnmarshalText(text []byte) error {
	*v = New(string(text))
	return nil
}
