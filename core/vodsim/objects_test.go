package vodsim_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// numbered are n different URLs, one a line.
func numbered(n int) string {
	urls := make([]string, n)
	for i := range urls {
		urls[i] = fmt.Sprint("http://a.example/", i)
	}
	return strings.Join(urls, "\n")
}

func TestObjects(t *testing.T) {
	t.Parallel()
	const refresh, preload = "RefreshVodObjectCaches", "PreloadVodObjectCaches"
	tests := []struct {
		name, action string
		params       []string
		code         string // empty for success
		ids          int
		kind         string
	}{
		{"one file", refresh, []string{"ObjectPath", "http://a.example/1"}, "", 1, "file"},
		{"1000 files", refresh, []string{"ObjectPath", numbered(1000)}, "", 10, "file"},
		{"1001 files", refresh, []string{"ObjectPath", numbered(1001)}, "InvalidParameter", 0, ""},
		{"a directory", refresh, []string{"ObjectPath", "https://a.example/b/", "ObjectType", "Directory", "Force", "true"}, "", 1, "directory"},
		{"no directory", refresh, []string{"ObjectPath", "https://a.example/b", "ObjectType", "Directory"}, "InvalidObjectPath.Malformed", 0, ""},
		{"unknown type", refresh, []string{"ObjectPath", "http://a.example/1", "ObjectType", "file"}, "InvalidParameter", 0, ""},
		{"nothing", refresh, nil, "MissingParameter", 0, ""},
		{"no URL", refresh, []string{"ObjectPath", "a.example/1"}, "InvalidObjectPath.Malformed", 0, ""},
		{"no http URL", refresh, []string{"ObjectPath", "ftp://a.example/1"}, "InvalidObjectPath.Malformed", 0, ""},
		{"broken URL", refresh, []string{"ObjectPath", "http://a.example/%zz"}, "InvalidObjectPath.Malformed", 0, ""},
		{"preload", preload, []string{"ObjectPath", numbered(100), "Area", "domestic", "WithHeader", "{}"}, "", 1, "preload"},
		{"101 to preload", preload, []string{"ObjectPath", numbered(101)}, "InvalidParameter", 0, ""},
		{"unknown area", preload, []string{"ObjectPath", "http://a.example/1", "Area", "moon"}, "InvalidParameter", 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, fake := newPlatform(t, vodsim.Config{RefreshTime: 2 * time.Second})
			got := p.call(tt.action, tt.params...)
			if tt.code != "" {
				p.refused(got, http.StatusBadRequest, tt.code)
				return
			}
			ids := strings.Split(got.text("RefreshTaskId")+got.text("PreloadTaskId"), ",")
			if len(ids) != tt.ids {
				t.Fatalf("task IDs %v, want %d", ids, tt.ids)
			}
			for _, want := range []string{"Refreshing", "Complete"} {
				task := cdnTasks(p, "TaskId", ids[0])[0]
				if task.text("Status") != want || task.text("ObjectType") != tt.kind {
					t.Errorf("task %v, want %s %s", task.body, tt.kind, want)
				}
				fake.Advance(2 * time.Second)
			}
		})
	}
}

func TestTaskFilters(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{RefreshTime: -1})
	p.must("RefreshVodObjectCaches", "ObjectPath", "http://a.example/1\nhttp://a.example/broken")
	p.must("PreloadVodObjectCaches", "ObjectPath", "http://a.example/1")
	for want, filter := range map[int][]string{
		3: nil,
		2: {"ObjectPath", "http://a.example/1"},
		1: {"Status", "Failed"},
		0: {"ObjectType", "directory"},
	} {
		if got := cdnTasks(p, filter...); len(got) != want {
			t.Errorf("%v: %d tasks, want %d", filter, len(got), want)
		}
	}
}
