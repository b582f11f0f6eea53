package redis

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
)

// The limits of a record, which the port sets.
const (
	maxKey   = 512
	maxValue = 64 << 10
)

// invalid is the error about wrong fields; nil if there are none.
func invalid(op string, wrong []core.FieldError) error {
	if len(wrong) == 0 {
		return nil
	}
	return &core.Error{Kind: core.Invalid, Op: op, Fields: wrong}
}

func wrongKeys(keys []string) (wrong []core.FieldError) {
	for i, key := range keys {
		if key == "" || len(key) > maxKey {
			wrong = append(wrong, core.FieldError{
				Field: fmt.Sprintf("keys[%d]", i), Value: key, Detail: fmt.Sprintf("must have 1 to %d bytes", maxKey),
			})
		}
	}
	return wrong
}

func wrongRecords(records []core.Record) (wrong []core.FieldError) {
	keys := make([]string, len(records))
	seen := make(map[string]bool, len(records))
	for i, r := range records {
		keys[i] = r.Key
		if seen[r.Key] {
			wrong = append(wrong, core.FieldError{
				Field: fmt.Sprintf("keys[%d]", i), Value: r.Key, Detail: "must not be in a call twice",
			})
		}
		seen[r.Key] = true
		if len(r.Value) > maxValue {
			wrong = append(wrong, core.FieldError{
				Field: fmt.Sprintf("records[%d].Value", i), Value: fmt.Sprintf("%d bytes", len(r.Value)),
				Detail: fmt.Sprintf("must have at most %d bytes", maxValue),
			})
		}
	}
	return append(wrongKeys(keys), wrong...)
}
