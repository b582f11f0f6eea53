package emf_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/lambda/emf"
)

// lines are the records that were written.
func lines(t *testing.T, text []byte) (all []map[string]any) {
	t.Helper()
	for line := range bytes.Lines(text) {
		var one map[string]any
		if err := json.Unmarshal(line, &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	return all
}

// sink takes records as they come.
type sink struct{ n *int }

func (sink) Enabled(context.Context, slog.Level) bool { return true }
func (s sink) Handle(context.Context, slog.Record) error {
	*s.n++
	return nil
}
func (s sink) WithAttrs([]slog.Attr) slog.Handler { return s }
func (s sink) WithGroup(string) slog.Handler      { return s }

// A record without metrics costs nothing more than before.
func TestNoAllocation(t *testing.T) { //nolint:paralleltest // allocations of other tests would count
	n := 0
	h := emf.NewHandler(sink{&n}, "n")
	r := slog.NewRecord(now(), slog.LevelInfo, "request", 0)
	r.Add("provider", "aliyun", "task_type", "Refresh")
	allocated := testing.AllocsPerRun(100, func() {
		if !h.Enabled(context.Background(), slog.LevelInfo) || h.Handle(context.Background(), r) != nil {
			t.Fail()
		}
	})
	if allocated != 0 || n < 100 {
		t.Errorf("%.1f allocations for a record, %d of which were handed on", allocated, n)
	}
}

func BenchmarkHandle(b *testing.B) {
	n := 0
	h := emf.NewHandler(sink{&n}, "n")
	for _, message := range []string{"request", "callback"} {
		r := slog.NewRecord(now(), slog.LevelInfo, message, 0)
		r.Add("provider", "aliyun", "verdict", "queued", "dur_ms", int64(3))
		b.Run(message, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = h.Handle(context.Background(), r)
			}
		})
	}
}
