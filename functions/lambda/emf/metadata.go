package emf

import (
	"encoding/json"
	"log/slog"
	"math"
)

// metadata is the member _aws of a record.
type metadata struct {
	Timestamp         int64       `json:"Timestamp"` // Unix milliseconds
	CloudWatchMetrics []directive `json:"CloudWatchMetrics"`
}

// directive makes one member a metric.
type directive struct {
	namespace  string
	dimensions []string
	metric     string
	unit       unit
}

// MarshalJSON writes a MetricDirective object: one set of dimensions, one metric.
func (d directive) MarshalJSON() ([]byte, error) {
	type definition struct {
		Name string `json:"Name"`
		Unit unit   `json:"Unit"`
	}
	return json.Marshal(struct {
		Namespace  string       `json:"Namespace"`
		Dimensions [][]string   `json:"Dimensions"`
		Metrics    []definition `json:"Metrics"`
	}{d.namespace, [][]string{d.dimensions}, []definition{{d.metric, d.unit}}})
}

// names are the dimensions' own.
func (m measure) names() []string {
	all := make([]string, len(m.dimensions))
	for i, d := range m.dimensions {
		all[i] = d.name
	}
	return all
}

// complete reports whether a record has every dimension.
func (m measure) complete(members map[string]slog.Value) bool {
	for _, d := range m.dimensions {
		if text(members[d.from]) == "" {
			return false
		}
	}
	return true
}

// value is the number of a metric, false if the record has none.
func (m measure) value(members map[string]slog.Value) (float64, bool) {
	if m.from == "" {
		return 1, true
	}
	value, ok := number(members[m.from])
	if m.share == "" || !ok {
		return value, ok
	}
	all, ok := number(members[m.share])
	if !ok || all <= 0 {
		return 0, false
	}
	const hundred = 100
	return hundred * value / all, true
}

// number is a value as JSON has numbers: finite ones.
func number(v slog.Value) (float64, bool) {
	var f float64
	switch v.Kind() {
	case slog.KindInt64:
		f = float64(v.Int64())
	case slog.KindUint64:
		f = float64(v.Uint64())
	case slog.KindFloat64:
		f = v.Float64()
	default:
		return 0, false
	}
	return f, !math.IsNaN(f) && !math.IsInf(f, 0)
}

// text is a value as a dimension: a text of at most 1,024 bytes, or nothing.
func text(v slog.Value) string {
	const most = 1024
	if v.Equal(slog.Value{}) || len(v.String()) > most {
		return ""
	}
	return v.String()
}

// members are those of a record that can matter to a metric.
func (h *handler) members(r slog.Record) map[string]slog.Value {
	all := make(map[string]slog.Value, len(h.known)+r.NumAttrs())
	for _, a := range h.known {
		all[a.Key] = a.Value.Resolve()
	}
	r.Attrs(func(a slog.Attr) bool {
		all[a.Key] = a.Value.Resolve()
		return true
	})
	return all
}
