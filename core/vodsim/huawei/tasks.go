package huawei

import (
	"strings"
	"time"
)

// taskKind is what a task does: the name of the list that tells of it.
type taskKind string

const (
	refreshing taskKind = "refresh_results"
	preheating taskKind = "preheating_results"
)

// task is the work of one call.
type task struct {
	kind    taskKind
	urls    []string
	created time.Time
}

// tasks are all tasks so far. For how long the platform remembers one is not
// documented; here it is for ever.
type tasks struct {
	byID    map[string]task
	run     time.Duration // from beginning to end
	written int           // how many status words were written
}

// taskResult tells of one URL of a task. There is no reason of a failure.
type taskResult struct {
	URL    string `json:"url"`
	Status string `json:"status"`
}

// results is the task as it stands at a time, URL by URL. The documentation
// spells the words of a status in upper case in one place and in lower case in
// another: here they take turns.
func (ts *tasks) results(one task, now time.Time) []taskResult {
	results := make([]taskResult, 0, len(one.urls))
	for _, url := range one.urls {
		status := "SUCCEED"
		switch {
		case now.Sub(one.created) < ts.run:
			status = "PROCESSING"
		case strings.Contains(url, "broken"):
			status = "FAILED"
		}
		ts.written++
		if ts.written%2 == 0 {
			status = strings.ToLower(status)
		}
		results = append(results, taskResult{url, status})
	}
	return results
}
