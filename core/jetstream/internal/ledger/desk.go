package ledger

import (
	"sync"
	"sync/atomic"

	"github.com/vodrefresh/vodrefresh/core"
)

// desk is where orders wait for the one who writes. He works as long as there are
// any, and is sent for when there are again.
type desk struct {
	limit atomic.Int64 // of what records may take; zero is none

	mu      sync.Mutex
	idle    sync.Cond // on mu: nobody writes
	waiting []*order
	busy    bool
	closed  bool
}

// errClosed is the error of what is to be written too late.
func errClosed() error { return core.Errorf(core.Unavailable, "put: the ledger is closed") }

// take puts orders down, and has them written, unless the desk is closed.
func (d *desk) take(orders []*order, write func([]*order)) {
	if len(orders) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		end(orders, errClosed())
		return
	}
	d.waiting = append(d.waiting, orders...)
	if !d.busy {
		d.busy = true
		go d.run(write)
	}
}

func (d *desk) run(write func([]*order)) {
	for {
		some := d.next()
		if len(some) == 0 {
			return
		}
		write(some)
	}
}

// together is how many orders are written at once at most.
const together = 64

// next hands out orders that have nothing to do with each other: one about a hash
// that an earlier one is about has to wait for it.
func (d *desk) next() (some []*order) {
	d.mu.Lock()
	defer d.mu.Unlock()
	taken := map[uint64]bool{}
	var left []*order
	for i, o := range d.waiting {
		if len(some) == together {
			left = append(left, d.waiting[i:]...)
			break
		}
		apart := true
		for _, c := range o.changes {
			apart = apart && !taken[c.hash]
			taken[c.hash] = true
		}
		if apart {
			some = append(some, o)
		} else {
			left = append(left, o)
		}
	}
	if d.waiting = left; len(some) == 0 {
		d.busy = false
		d.idle.Broadcast()
	}
	return some
}

// clear ends all orders that wait.
func (d *desk) clear(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	end(d.waiting, err)
	d.waiting = nil
}

// close takes no more orders, ends those that wait, and returns when nobody writes.
func (d *desk) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	end(d.waiting, errClosed())
	d.waiting = nil
	for d.busy {
		d.idle.Wait()
	}
}

// end tells those who wait for orders what became of them.
func end(orders []*order, err error) {
	for _, o := range orders {
		o.done <- err
	}
}
