package vodsim

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// task is what the CDN does with one URL or directory.
type task struct {
	id      string // several URLs of one URL-level call share it
	path    string
	kind    string    // file, directory or preload
	created time.Time // when the CDN began
}

// tasks are the CDN's tasks of the last days, oldest first.
type tasks struct {
	byID  map[string][]*task
	order []*task
	run   time.Duration // from beginning to end
}

func (ts *tasks) add(one *task) {
	for len(ts.order) > 0 && one.created.Sub(ts.order[0].created) > retention {
		delete(ts.byID, ts.order[0].id)
		ts.order = ts.order[1:]
	}
	ts.byID[one.id] = append(ts.byID[one.id], one)
	ts.order = append(ts.order, one)
}

// entry is the task as it stands at a time.
func (ts *tasks) entry(one *task, now time.Time) taskEntry {
	e := taskEntry{
		TaskID: one.id, ObjectPath: one.path, ObjectType: one.kind,
		Status: "Refreshing", CreationTime: stamp(one.created),
	}
	spent := now.Sub(one.created)
	switch {
	case spent < 0:
		e.Status, e.Process = "Pending", "0%"
	case spent < ts.run:
		e.Process = fmt.Sprintf("%d%%", 100*spent/ts.run)
	case strings.Contains(one.path, "broken"):
		e.Status, e.Process, e.Description = "Failed", "100%", "Origin Return StatusCode 5XX"
	default:
		e.Status, e.Process = "Complete", "100%"
	}
	return e
}

func describeTasksParams() map[string]param {
	return map[string]param{
		"TaskId":     optional(anyText),
		"ObjectPath": optional(anyText),
		"ObjectType": optional(oneOf("file", "directory", "preload")),
		"Status":     optional(oneOf("Complete", "Refreshing", "Failed")),
		"PageNumber": optional(upTo(100_000)),
		"PageSize":   optional(upTo(50)),
	}
}

// tasksAnswer is the answer of DescribeVodRefreshTasks.
type tasksAnswer struct {
	RequestID  string `json:"RequestId"`
	PageNumber int    `json:"PageNumber"`
	PageSize   int    `json:"PageSize"`
	TotalCount int    `json:"TotalCount"`
	Tasks      struct {
		Task []taskEntry `json:"Task"`
	} `json:"Tasks"`
}

type taskEntry struct {
	TaskID       string `json:"TaskId"`
	ObjectPath   string `json:"ObjectPath"`
	ObjectType   string `json:"ObjectType"`
	Process      string `json:"Process"`
	Status       string `json:"Status"`
	Description  string `json:"Description"`
	CreationTime string `json:"CreationTime"`
}

// describeTasks lists the tasks that match every filter given, page by page;
// 20 to a page unless PageSize says otherwise.
func (s *Server) describeTasks(q request) (any, *refusal) {
	from := s.tasks.order
	if id := q.get("TaskId"); id != "" {
		if strings.Trim(id, "0123456789") != "" {
			return nil, refuse(taskIDMalformed)
		}
		from = s.tasks.byID[id]
	}
	var found []taskEntry
	for _, one := range from {
		e := s.tasks.entry(one, q.at)
		if is(q.get("ObjectPath"), e.ObjectPath) && is(q.get("ObjectType"), e.ObjectType) && is(q.get("Status"), e.Status) {
			found = append(found, e)
		}
	}

	reply := tasksAnswer{RequestID: q.id, PageNumber: 1, PageSize: 20, TotalCount: len(found)}
	if n, err := strconv.Atoi(q.get("PageNumber")); err == nil {
		reply.PageNumber = n
	}
	if n, err := strconv.Atoi(q.get("PageSize")); err == nil {
		reply.PageSize = n
	}
	first := min((reply.PageNumber-1)*reply.PageSize, len(found))
	reply.Tasks.Task = append([]taskEntry{}, found[first:min(first+reply.PageSize, len(found))]...)
	return reply, nil
}

// is reports whether a filter is absent or equals the value.
func is(filter, value string) bool { return filter == "" || filter == value }
