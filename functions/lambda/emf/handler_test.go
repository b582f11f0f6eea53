package emf_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"testing/slogtest"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/lambda/emf"
)

func now() time.Time { return time.Date(2026, 3, 20, 7, 49, 17, 0, time.UTC) }

// steady leaves out the time, and writes it as zero where metrics have it.
func steady(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}

// write is the line of one record; nil if there is none.
func write(level slog.Level, prepare func(slog.Handler) slog.Handler, recorded slog.Level, message string, args ...any) []byte {
	var out bytes.Buffer
	h := emf.NewHandler(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: level}), "n")
	if prepare != nil {
		h = prepare(h)
	}
	if !h.Enabled(context.Background(), recorded) {
		return nil
	}
	r := slog.NewRecord(now(), recorded, message, 0)
	r.Add(args...)
	if err := h.Handle(context.Background(), r); err != nil {
		panic(err)
	}
	return out.Bytes()
}

func with(args ...any) func(slog.Handler) slog.Handler {
	return func(h slog.Handler) slog.Handler { return slog.New(h).With(args...).Handler() }
}

func TestMetrics(t *testing.T) {
	t.Parallel()
	type numbers = map[string]float64
	for name, test := range map[string]struct {
		prepare func(slog.Handler) slog.Handler
		message string
		args    []any
		want    numbers
	}{
		"a callback": {nil, "callback", []any{"provider", events.Aliyun, "event_type", "TranscodeComplete", "verdict", "queued", "dur_ms", int64(12), "error", nil}, numbers{
			"Callbacks{provider=aliyun,verdict=queued}": 1, "CallbackTime{provider=aliyun}": 12,
		}},
		"a submission": {with("provider", events.Huawei, "task_type", "Preload", "targets", 7, "dur_ms", int64(80)), "submitted", []any{"job_id", "j"}, numbers{
			"Submitted{provider=huawei,task_type=Preload}": 7, "SubmitTime{provider=huawei}": 80,
		}},
		"a call that failed": {with("provider", events.Aliyun), "submit failed", []any{"error_kind", "throttled", "error", errors.New("x")}, numbers{
			"SubmitFailures{provider=aliyun,kind=throttled}": 1,
		}},
		"a wait for quota": {nil, "waiting for the quota of a new day", []any{"provider", events.Aliyun, "task_type", "Refresh", "messages", 30}, numbers{
			"Postponed{provider=aliyun,task_type=Refresh}": 30,
		}},
		"a dead letter": {nil, "message is dead", []any{"provider", events.Aliyun, "media_id", "m", "reason", "r"}, numbers{"DeadLetters{provider=aliyun}": 1}},
		"a job": {with("provider", events.Aliyun), "job ended", []any{"callback_to_submitted_ms", int64(900), "submitted_to_done_ms", int64(4000), "failed_urls", 2}, numbers{
			"CallbackToSubmitted{provider=aliyun}": 900, "SubmittedToDone{provider=aliyun}": 4000, "FailedURLs{provider=aliyun}": 2,
		}},
		"a quota":             {nil, "quota", []any{"provider", "huawei", "task_type", "Refresh", "left", 150, "total", uint64(1000)}, numbers{"QuotaLeft{provider=huawei,task_type=Refresh}": 15}},
		"a quota that is nil": {nil, "quota", []any{"provider", "huawei", "task_type", "Refresh", "left", 0, "total", 0}, numbers{}},

		"another record":           {nil, "configuration", []any{"provider", "aliyun"}, numbers{}},
		"without a dimension":      {nil, "message is dead", []any{"media_id", "m"}, numbers{}},
		"with an empty dimension":  {nil, "message is dead", []any{"provider", ""}, numbers{}},
		"with nil for a dimension": {nil, "message is dead", []any{"provider", nil}, numbers{}},
		"with a very long one":     {nil, "message is dead", []any{"provider", strings.Repeat("x", 1025)}, numbers{}},
		"with one of the two":      {nil, "callback", []any{"provider", "aliyun", "dur_ms", 3}, numbers{"CallbackTime{provider=aliyun}": 3}},
		"without a number":         {nil, "callback", []any{"provider", "aliyun", "verdict", "queued"}, numbers{"Callbacks{provider=aliyun,verdict=queued}": 1}},
		"with no number for one":   {nil, "quota", []any{"provider", "aliyun", "task_type", "Refresh", "left", math.NaN(), "total", 1.0}, numbers{}},
		"with text for a number":   {nil, "quota", []any{"provider", "aliyun", "task_type", "Refresh", "left", "5", "total", 10}, numbers{}},
		"with a value of its own":  {nil, "message is dead", []any{"provider", valuer("aliyun")}, numbers{"DeadLetters{provider=aliyun}": 1}},
		"in a group":               {func(h slog.Handler) slog.Handler { return h.WithGroup("g") }, "message is dead", []any{"provider", "aliyun"}, numbers{}},
		"in a group, known before": {func(h slog.Handler) slog.Handler {
			return with("provider", "aliyun")(h).WithGroup("g").WithAttrs([]slog.Attr{slog.Int("n", 1)})
		}, "message is dead", nil, numbers{}},
		"in a group without a name": {func(h slog.Handler) slog.Handler { return h.WithGroup("") }, "message is dead", []any{"provider", "aliyun"}, numbers{"DeadLetters{provider=aliyun}": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := write(slog.LevelInfo, test.prepare, slog.LevelInfo, test.message, test.args...)
			if got := measured(t, line); !maps.Equal(got, test.want) {
				t.Errorf("measured %v, want %v\n%s", got, test.want, line)
			}
		})
	}
}

// valuer is a value that tells late what it is.
type valuer string

func (v valuer) LogValue() slog.Value { return slog.StringValue(string(v)) }

// Metrics do not depend on how much is logged, and what has none is left out as
// before.
func TestLevels(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		logged, recorded slog.Level
		message          string
		written          bool
	}{
		"a metric below the level":     {slog.LevelError, slog.LevelInfo, "message is dead", true},
		"a metric of the level":        {slog.LevelInfo, slog.LevelInfo, "message is dead", true},
		"a metric of level debug":      {slog.LevelError, slog.LevelDebug, "message is dead", false},
		"a record below the level":     {slog.LevelError, slog.LevelWarn, "other", false},
		"a record of the level":        {slog.LevelError, slog.LevelError, "other", true},
		"a record of level debug":      {slog.LevelDebug, slog.LevelDebug, "other", true},
		"a record of level debug, off": {slog.LevelInfo, slog.LevelDebug, "other", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := write(test.logged, nil, test.recorded, test.message, "provider", "aliyun")
			if written := len(line) > 0; written != test.written {
				t.Errorf("written: %t, want %t: %s", written, test.written, line)
			}
		})
	}
}

// Apart from metrics it is a handler like any other.
func TestHandlerContract(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	err := slogtest.TestHandler(emf.NewHandler(slog.NewJSONHandler(&out, nil), ""), func() []map[string]any { return lines(t, out.Bytes()) })
	if err != nil {
		t.Error(err)
	}
}

// A record that is handed on to others as well is not changed for them.
func TestRecordIsNotChanged(t *testing.T) {
	t.Parallel()
	r := slog.NewRecord(now(), slog.LevelInfo, "callback", 0)
	r.Add("provider", "aliyun", "verdict", "queued", "dur_ms", 1, "a", 1, "b", 2, "c", 3)
	before := r.NumAttrs()
	if err := emf.NewHandler(slog.DiscardHandler, "n").Handle(context.Background(), r); err != nil {
		t.Fatal(err)
	}
	if r.NumAttrs() != before {
		t.Errorf("the record has %d members, had %d", r.NumAttrs(), before)
	}
}

func TestNamespace(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{"": `"Namespace":"vodrefresh"`, "a/b": `"Namespace":"a/b"`} {
		var out bytes.Buffer
		slog.New(emf.NewHandler(slog.NewJSONHandler(&out, nil), given)).Info("message is dead", "provider", "aliyun")
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q: %s", given, out.String())
		}
	}
}

// Every metric can be told from its table, and has a line in it once.
func TestTable(t *testing.T) {
	t.Parallel()
	var names []string
	for _, m := range emf.Metrics() {
		names = append(names, m.Name)
		if m.Message == "" || m.Unit == "" || len(m.Dimensions) == 0 || m.Dimensions[0] != "provider" {
			t.Errorf("%+v", m)
		}
	}
	if len(slices.Compact(slices.Clone(names))) != len(names) || len(names) < 10 {
		t.Errorf("metrics: %v", names)
	}
}
