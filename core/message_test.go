package core_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestMessageCheck(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(*core.Message)
		wrong string // fields, empty for none
	}{
		"good":             {func(*core.Message) {}, ""},
		"huawei":           {func(m *core.Message) { m.Task.Provider = events.Huawei }, ""},
		"a URL":            {func(m *core.Message) { m.Task.Target, m.Task.ID = core.URL, "https://a.example.com/b.mp4" }, ""},
		"given up":         {func(m *core.Message) { *m = core.Message{Version: 1, GiveUp: "x", Body: "?"} }, ""},
		"nothing":          {func(m *core.Message) { *m = core.Message{} }, "v task.provider task.target task.options.TaskType"},
		"given up, no v":   {func(m *core.Message) { m.Version, m.GiveUp = 0, "x" }, "v"},
		"a later version":  {func(m *core.Message) { m.Version = 2 }, "v"},
		"another provider": {func(m *core.Message) { m.Task.Provider = "other" }, "task.provider"},
		"another target":   {func(m *core.Message) { m.Task.Target = "directory" }, "task.target"},
		"two media":        {func(m *core.Message) { m.Task.ID = "a,b" }, "task.id"},
		"not a URL":        {func(m *core.Message) { m.Task.Target, m.Task.ID = core.URL, "ftp://x" }, "task.id"},
		"another type":     {func(m *core.Message) { m.Task.Options.TaskType = "Purge" }, "task.options.TaskType"},
		"too many slices":  {func(m *core.Message) { m.Task.Options.SliceCount = 21 }, "task.options.SliceCount"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := message("m", time.Now())
			test.spoil(&m)
			err := m.Check()
			if test.wrong == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			if core.KindOf(err) != core.Invalid {
				t.Fatalf("%v of kind %q", err, core.KindOf(err))
			}
			for field := range strings.FieldsSeq(test.wrong) {
				if !strings.Contains(err.Error(), field+": ") {
					t.Errorf("%v does not name %s", err, field)
				}
			}
		})
	}
}

// TestParseMessage: what is wrong is named, and never quoted.
func TestParseMessage(t *testing.T) {
	t.Parallel()
	const good = `{"v":1,"task":{"provider":"aliyun","target":"media","id":"m","options":{"TaskType":"Refresh"}}}`
	if m, err := core.ParseMessage([]byte(good)); err != nil || m.Task.ID != "m" {
		t.Errorf("read %+v, %v", m, err)
	}
	for text, says := range map[string]string{
		"":             "it is not JSON",
		`{"v":s3cret}`: "it is not JSON",
		`["s3cret"]`:   "it is no object",
		"null":         "v: must be 1",
		strings.Replace(good, `"m"`, `{"s3cret":1}`, 1):     "task.id has the wrong type",
		strings.Replace(good, `1,`, `1,"due":"s3cret",`, 1): "a value in it cannot be read",
		strings.Replace(good, `1,`, `2,`, 1):                "v: must be 1",
	} {
		_, err := core.ParseMessage([]byte(text))
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}

// TestUnreadableMessage: what could not be read is a dead letter with its body,
// also beside messages that can be submitted.
func TestUnreadableMessage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShop(&platform{})
		s.put(t, countedMedia(3)...)
		s.enqueue(t, core.Message{Version: core.MessageVersion, GiveUp: "cannot be read", Body: "?"})
		s.work(t, core.WorkerConfig{})
		after(time.Minute)
		dead := s.dead(t)
		if len(dead) != 1 || dead[0].Reason != "cannot be read" || dead[0].Message.Body != "?" || len(s.sizes()) != 1 {
			t.Errorf("dead letters are %+v, after calls of %v", dead, s.sizes())
		}
		if n, err := s.queue.Redrive(t.Context(), nil); n != 1 || err != nil {
			t.Fatalf("redriven %d, %v", n, err)
		}
		after(time.Minute)
		if dead := s.dead(t); len(dead) != 1 || dead[0].Message.Body != "?" {
			t.Errorf("dead letters are %+v once it was put back", dead)
		}
	})
}
