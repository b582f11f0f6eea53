package jetstream

import (
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
)

// answering is replies without a connection.
func answering() *replies {
	return &replies{prefix: "_INBOX.x.", gone: make(chan struct{}), calls: make(map[uint64]chan<- reply)}
}

// TestRepliesFindTheirCall, however many calls are under way.
func TestRepliesFindTheirCall(t *testing.T) {
	t.Parallel()
	r := answering()
	var callers sync.WaitGroup
	for call := range 50 {
		callers.Go(func() {
			const requests = 20
			in, answers := r.open(requests)
			defer r.close(in)
			for i := range requests {
				go r.deliver(&nats.Msg{Subject: in.subject(i), Data: fmt.Append(nil, call, i)})
			}
			seen := map[int]bool{}
			for range requests {
				a := <-answers
				if want := string(fmt.Append(nil, call, a.to)); string(a.Data) != want || seen[a.to] {
					t.Errorf("call %d was given %q for request %d, want %q once", call, a.Data, a.to, want)
				}
				seen[a.to] = true
			}
		})
	}
	callers.Wait()
	if len(r.calls) != 0 {
		t.Errorf("%d calls are remembered after their end", len(r.calls))
	}
}

// TestRepliesToNobody are dropped, and hold nobody up.
func TestRepliesToNobody(t *testing.T) {
	t.Parallel()
	r := answering()
	ended, _ := r.open(1)
	r.close(ended)
	in, answers := r.open(1)
	for _, subject := range []string{
		ended.subject(0), "_INBOX.x", "_INBOX.x.", "_INBOX.y.1.0", "_INBOX.x.!.0",
		in.subject(-1), in.prefix + "x", in.prefix, in.prefix + "99999999999",
	} {
		r.deliver(&nats.Msg{Subject: subject})
	}
	if len(answers) != 0 {
		t.Fatalf("an answer to nobody was delivered: %+v", <-answers)
	}
	for range 3 { // of which one was asked for
		r.deliver(&nats.Msg{Subject: in.subject(0)})
	}
	if a := <-answers; a.to != 0 || len(answers) != 0 {
		t.Errorf("answer to %d, %d more, want one to 0", a.to, len(answers))
	}
}
