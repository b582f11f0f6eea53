package dynamodb_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

// FuzzRecord: a record comes back from the table as it was written, or is
// refused.
func FuzzRecord(f *testing.F) {
	f.Add("a", []byte("v"), int64(0), int64(0))
	f.Add("job/\x00\uFFFF", []byte{}, int64(1), int64(-1))
	f.Add("a\xff", []byte{0xff}, int64(1<<40), int64(253402300799))
	f.Fuzz(func(t *testing.T, key string, value []byte, due, expires int64) {
		var item json.RawMessage
		s := fake(t, &service{answer: func(c emulatortest.Call) any {
			if c.Operation == "PutItem" {
				var put struct{ Item json.RawMessage }
				c.Read(&put)
				item = put.Item
				return nil
			}
			return map[string]any{"Responses": map[string]any{"vodrefresh": []any{item}}}
		}})
		want := core.Record{Key: key, Value: append([]byte{}, value...), Due: time.Unix(0, due), Expires: time.Unix(expires, 0)}
		revisions, err := s.Put(t.Context(), []core.Record{want})
		if err != nil {
			if core.KindOf(err) != core.Invalid {
				t.Errorf("put of %q: %v", key, err)
			}
			return
		}
		want.Revision = revisions[0]
		found, err := s.Get(t.Context(), []string{key})
		must(t, err)
		got, over := found[0], !want.Expires.After(noon())
		if over {
			want = core.Record{Key: key}
		}
		if got.Key != want.Key || !bytes.Equal(got.Value, want.Value) || got.Revision != want.Revision ||
			!got.Due.Equal(want.Due) || !got.Expires.Equal(want.Expires) {
			t.Errorf("wrote %+v, got %+v", want, got)
		}
	})
}
