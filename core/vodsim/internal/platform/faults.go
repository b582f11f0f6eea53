package platform

import (
	"slices"
	"sync"
	"time"
)

// Fault has the fields of the platforms' own Fault types, which convert to it:
// their documentation says what the fields mean.
type Fault[Kind ~string] struct {
	Action  string
	Kind    Kind
	Times   int
	Share   float64
	Latency time.Duration
}

// Faults are those that wait for a call, oldest first. The zero value has
// none.
type Faults[Kind ~string] struct {
	mu  sync.Mutex
	all []*Fault[Kind]
}

// Add adds a fault.
func (f *Faults[Kind]) Add(fault Fault[Kind]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, &fault)
}

// Clear removes all faults.
func (f *Faults[Kind]) Clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = nil
}

// Pick returns the fault that hits a call of the action, and counts it; the
// zero fault does nothing. The probability is drawn from random.
func (f *Faults[Kind]) Pick(action string, random func() float64) Fault[Kind] {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, fault := range f.all {
		if fault.Action != "" && fault.Action != action || fault.Share > 0 && random() >= fault.Share {
			continue
		}
		hit := *fault
		if fault.Times > 0 {
			fault.Times--
			if fault.Times == 0 {
				f.all = slices.Delete(f.all, i, i+1)
			}
		}
		return hit
	}
	return Fault[Kind]{}
}
