package aliyun

import (
	"sync"

	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core"
)

// maxFinished is how many tasks a client remembers: some megabytes of records.
const maxFinished = 10_000

// finished remembers the records of CDN tasks that have reached their end and
// change no more. A large job has hundreds of tasks, one question each; asking
// again about the open ones only, a job that is looked at several times is
// known in the end, whatever the pace. The zero value is ready.
type finished struct {
	mu      sync.Mutex
	records map[string][]vod.Task
	order   []string // of arrival, the oldest first
}

// of returns the records of a task, if it has reached its end.
func (f *finished) of(id string) ([]vod.Task, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	records, ok := f.records[id]
	return records, ok
}

// note remembers the records of a task if all of them are final.
func (f *finished) note(id string, records []vod.Task) {
	for _, r := range records {
		if urlResult(r).State == core.JobRunning {
			return
		}
	}
	if len(records) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.records == nil {
		f.records = make(map[string][]vod.Task)
	}
	if _, known := f.records[id]; !known {
		f.order = append(f.order, id)
	}
	f.records[id] = records
	if len(f.order) > maxFinished {
		delete(f.records, f.order[0])
		f.order = f.order[1:]
	}
}
