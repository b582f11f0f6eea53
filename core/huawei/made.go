package huawei

import (
	"sync"

	"github.com/vodrefresh/vodrefresh/core"
)

// maxMade is how many tasks a client remembers: what a day's quota can make, a
// thousand each to refresh and to preload.
const maxMade = 2_000

// made remembers what the tasks do that the client has made lately. The ID of a
// task does not tell, and it is asked about in two places. It spares questions,
// nothing more: another process does without. The zero value is ready.
type made struct {
	mu    sync.Mutex
	types map[string]core.TaskType
	order []string // of arrival, the oldest first
}

// of returns what a task does, if that is remembered.
func (m *made) of(id string) (core.TaskType, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	do, ok := m.types[id]
	return do, ok
}

// note remembers what a task does.
func (m *made) note(id string, do core.TaskType) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.types == nil {
		m.types = make(map[string]core.TaskType)
	}
	if _, known := m.types[id]; !known {
		m.order = append(m.order, id)
	}
	m.types[id] = do
	if len(m.order) > maxMade {
		delete(m.types, m.order[0])
		m.order = m.order[1:]
	}
}
