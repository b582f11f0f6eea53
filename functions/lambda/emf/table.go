package emf

import (
	"slices"
	"strings"
)

// measure is a metric that a record leads to.
type measure struct {
	name       string
	unit       unit
	dimensions []dimension
	from       string // member with the number; empty for 1
	share      string // member that the number is a percentage of; empty for none
}

// dimension is one of the few members whose values are few, so that what a metric
// costs has a bound: provider (2), verdict (about 15), task_type (2), kind (9).
type dimension struct {
	name string
	from string // the member that has its value
}

// unit is one of those of CloudWatch.
type unit string

const (
	count        unit = "Count"
	milliseconds unit = "Milliseconds"
	percent      unit = "Percent"
)

// table is what is measured, by the message of the record. Names and dimensions are
// those that the alarms and the dashboard of template.yaml ask for.
func table() map[string][]measure {
	provider := dimension{"provider", "provider"}
	verdict := dimension{"verdict", "verdict"}
	taskType := dimension{"task_type", "task_type"}
	kind := dimension{"kind", "error_kind"}
	by := func(all ...dimension) []dimension { return all }
	return map[string][]measure{
		"callback": { // functions/callback
			{name: "Callbacks", unit: count, dimensions: by(provider, verdict)},
			{name: "CallbackTime", unit: milliseconds, dimensions: by(provider), from: "dur_ms"},
		},
		"submitted": { // core/run.go
			{name: "Submitted", unit: count, dimensions: by(provider, taskType), from: "targets"},
			{name: "SubmitTime", unit: milliseconds, dimensions: by(provider), from: "dur_ms"},
		},
		"submit failed": { // core/run.go
			{name: "SubmitFailures", unit: count, dimensions: by(provider, kind)},
		},
		"waiting for the quota of a new day": { // core/lane.go
			{name: "Postponed", unit: count, dimensions: by(provider, taskType), from: "messages"},
		},
		"message is dead": { // core/worker.go
			{name: "DeadLetters", unit: count, dimensions: by(provider)},
		},
		"job ended": { // core/jobreport.go
			{name: "CallbackToSubmitted", unit: milliseconds, dimensions: by(provider), from: "callback_to_submitted_ms"},
			{name: "SubmittedToDone", unit: milliseconds, dimensions: by(provider), from: "submitted_to_done_ms"},
			{name: "FailedURLs", unit: count, dimensions: by(provider), from: "failed_urls"},
		},
		"quota": { // functions/service, the tick
			{name: "QuotaLeft", unit: percent, dimensions: by(provider, taskType), from: "left", share: "total"},
		},
	}
}

// Metric is a line of the table.
type Metric struct {
	Name       string
	Unit       string
	Dimensions []string
	Message    string // of the record that it comes with
}

// Metrics are all that there are, by name. Alarms and dashboards can ask for no
// others.
func Metrics() []Metric {
	var all []Metric
	for message, measures := range table() {
		for _, m := range measures {
			all = append(all, Metric{m.name, string(m.unit), m.names(), message})
		}
	}
	slices.SortFunc(all, func(a, b Metric) int { return strings.Compare(a.Name, b.Name) })
	return all
}
