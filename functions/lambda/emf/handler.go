// Package emf turns log records into CloudWatch metrics, in the embedded metric
// format: a record that tells of a callback, a submission, a job or the quota gets
// a member _aws, by which CloudWatch takes its numbers for metrics. What is
// measured by what stands in one table.
//
// It may import the standard library alone.
package emf

import (
	"context"
	"log/slog"
	"slices"
)

// NamespaceVariable is the environment variable that names the namespace, as in
// AWS's own libraries for the format.
const NamespaceVariable = "AWS_EMF_NAMESPACE"

// DefaultNamespace is where metrics go if nobody names a namespace.
const DefaultNamespace = "vodrefresh"

// handler adds metrics to records on their way to next.
type handler struct {
	next      slog.Handler
	namespace string
	measures  map[string][]measure // by the message of a record
	known     []slog.Attr          // what every record has by WithAttrs
	grouped   bool                 // members do not lie at the root, where the format wants them
}

// NewHandler returns a handler that passes every record on to next, which writes
// JSON, and adds metrics to those that have some. A record of level info or above
// that has metrics is passed on even if next would leave it out: a metric must not
// depend on how much is logged. The namespace is 1 to 256 characters; empty is
// [DefaultNamespace].
//
// Source: CloudWatch User Guide, "Embedded metric format specification".
func NewHandler(next slog.Handler, namespace string) slog.Handler {
	if namespace == "" {
		namespace = DefaultNamespace
	}
	return &handler{next: next, namespace: namespace, measures: table()}
}

// Enabled implements [slog.Handler].
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelInfo || h.next.Enabled(ctx, level)
}

// Handle implements [slog.Handler]. It allocates nothing for a record without
// metrics.
func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	measures := h.measures[r.Message]
	if len(measures) == 0 || h.grouped {
		if !h.next.Enabled(ctx, r.Level) {
			return nil
		}
		return h.next.Handle(ctx, r)
	}
	return h.next.Handle(ctx, h.measured(r, measures))
}

// measured is a record with its metrics. One that lacks a dimension or a number
// goes without those that need it.
func (h *handler) measured(r slog.Record, measures []measure) slog.Record {
	members := h.members(r)
	r = r.Clone()
	var metrics []directive
	for _, m := range measures {
		value, ok := m.value(members)
		if !ok || !m.complete(members) {
			continue
		}
		r.AddAttrs(slog.Float64(m.name, value))
		metrics = append(metrics, directive{h.namespace, m.names(), m.name, m.unit})
		for _, d := range m.dimensions {
			if _, ok := members[d.name]; !ok { // it is there under another name
				members[d.name] = members[d.from]
				r.AddAttrs(slog.String(d.name, text(members[d.from])))
			}
		}
	}
	if len(metrics) > 0 {
		r.AddAttrs(slog.Any("_aws", metadata{r.Time.UnixMilli(), metrics})) //nolint:sloglint // the format's name for it
	}
	return r
}

// WithAttrs implements [slog.Handler].
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	more := *h
	more.next = h.next.WithAttrs(attrs)
	if !h.grouped {
		more.known = slices.Concat(h.known, attrs)
	}
	return &more
}

// WithGroup implements [slog.Handler].
func (h *handler) WithGroup(name string) slog.Handler {
	if name == "" {
		return h
	}
	more := *h
	more.next, more.grouped = h.next.WithGroup(name), true
	return &more
}
