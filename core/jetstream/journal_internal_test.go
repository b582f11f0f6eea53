package jetstream

import (
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestReadDirect(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header nats.Header
		data   string // empty: there is no message
		says   string // of the error; empty for none
	}{
		"a message":     {nats.Header{"Nats-Sequence": {"7"}}, "data", ""},
		"none":          {nats.Header{"Status": {"404"}, "Description": {"Message Not Found"}}, "", ""},
		"a bad request": {nats.Header{"Status": {"408"}, "Description": {"Bad Request"}}, "", "Bad Request"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := readDirect(&nats.Msg{Header: test.header, Data: []byte("data")})
			if test.says != "" {
				if core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), test.says) {
					t.Errorf("error %v, want an Unavailable one that says %q", err, test.says)
				}
				return
			}
			if err != nil || string(data) != test.data || (data == nil) != (test.data == "") {
				t.Errorf("message %q, %v, want %q", data, err, test.data)
			}
		})
	}
}
