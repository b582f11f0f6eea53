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
		header   nats.Header
		sequence uint64
		says     string // of the error; empty for none
	}{
		"a message":        {nats.Header{"Nats-Sequence": {"7"}}, 7, ""},
		"none":             {nats.Header{"Status": {"404"}, "Description": {"Message Not Found"}}, 0, ""},
		"a bad request":    {nats.Header{"Status": {"408"}, "Description": {"Bad Request"}}, 0, "Bad Request"},
		"no sequence":      {nil, 0, "cannot be read"},
		"another sequence": {nats.Header{"Nats-Sequence": {"-1"}}, 0, "cannot be read"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := readDirect(&nats.Msg{Header: test.header, Data: []byte("data")})
			if test.says != "" {
				if core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), test.says) {
					t.Errorf("error %v, want an Unavailable one that says %q", err, test.says)
				}
				return
			}
			if err != nil || m.Sequence != test.sequence || (m.Sequence != 0) != (string(m.Data) == "data") {
				t.Errorf("message %+v, %v, want sequence %d", m, err, test.sequence)
			}
		})
	}
}
