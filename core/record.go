package core

import "fmt"

// The limits of a [Record].
const (
	MaxKey   = 512      // bytes of a key; at least one
	MaxValue = 64 << 10 // bytes of a value
)

// CheckKeys is an error of kind Invalid if a key is no key. Every [Store] calls
// it first.
func CheckKeys(keys []string) error {
	for i, key := range keys {
		if key == "" || len(key) > MaxKey {
			return &Error{Kind: Invalid, Message: "records", Fields: []FieldError{
				{Field: fmt.Sprintf("[%d].Key", i), Value: key, Detail: fmt.Sprintf("must have 1 to %d bytes", MaxKey)},
			}}
		}
	}
	return nil
}

// CheckRecords is an error of kind Invalid if records cannot be put: a key is
// none or comes twice, or a value is too large. Every [Store] calls it first.
func CheckRecords(records []Record) error {
	keys := make([]string, len(records))
	seen := make(map[string]bool, len(records))
	for i, r := range records {
		keys[i] = r.Key
		field := FieldError{Field: fmt.Sprintf("[%d].Key", i), Value: r.Key, Detail: "must not come twice in one call"}
		if len(r.Value) > MaxValue {
			field = FieldError{
				Field:  fmt.Sprintf("[%d].Value", i),
				Value:  fmt.Sprintf("%d bytes", len(r.Value)),
				Detail: fmt.Sprintf("must have at most %d bytes", MaxValue),
			}
		}
		if seen[r.Key] || len(r.Value) > MaxValue {
			return &Error{Kind: Invalid, Message: "records", Fields: []FieldError{field}}
		}
		seen[r.Key] = true
	}
	return CheckKeys(keys)
}
