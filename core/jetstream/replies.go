package jetstream

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// replies hands answers to those who asked. All of a connection's come by one
// subscription: one for each call would take a sixth of the time that it takes to
// drain a queue, for the server has to look for it among all that it remembers.
type replies struct {
	prefix string        // of the answers' subjects: PREFIX CALL . REQUEST
	gone   chan struct{} // closed when there are no answers any more
	end    sync.Once

	mu    sync.Mutex
	last  uint64
	calls map[uint64]chan<- reply
}

// reply is an answer, and which request of a call it is to.
type reply struct {
	*nats.Msg

	to int
}

// inbox is where the answers to the requests of one call go.
type inbox struct {
	call   uint64
	prefix string
}

// subject is that of the answer to a request.
func (in inbox) subject(request int) string { return in.prefix + strconv.Itoa(request) }

// listen begins to hear answers. It does so until the connection is closed.
func listen(conn *nats.Conn) (*replies, error) {
	r := &replies{prefix: conn.NewRespInbox() + ".", gone: make(chan struct{}), calls: make(map[uint64]chan<- reply)}
	subscription, err := conn.Subscribe(r.prefix+"*.*", r.deliver)
	if err != nil {
		return nil, err
	}
	// They are taken at once, and none may be dropped.
	return r, subscription.SetPendingLimits(-1, -1)
}

// open makes an inbox, with room for one answer to each request.
func (r *replies) open(requests int) (inbox, <-chan reply) {
	answers := make(chan reply, requests)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.calls[r.last] = answers
	return inbox{r.last, r.prefix + strconv.FormatUint(r.last, 36) + "."}, answers
}

// close ends an inbox. What comes later is dropped.
func (r *replies) close(in inbox) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.calls, in.call)
}

// stop says that no answer comes any more.
func (r *replies) stop() { r.end.Do(func() { close(r.gone) }) }

// deliver hands an answer over. Where there is no room, somebody answers more often
// than he was asked: nobody waits for that.
func (r *replies) deliver(m *nats.Msg) {
	call, request, _ := strings.Cut(strings.TrimPrefix(m.Subject, r.prefix), ".")
	number, err := strconv.ParseUint(call, 36, 64)
	if err != nil {
		return
	}
	to, err := strconv.ParseUint(request, 10, 31)
	if err != nil {
		return
	}
	r.mu.Lock()
	answers := r.calls[number]
	r.mu.Unlock()
	select {
	case answers <- reply{m, int(to)}: // never to nobody
	default:
	}
}
