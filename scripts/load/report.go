package main

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
	"time"
)

// report collects figures and judges those that have a bound.
type report struct {
	title  string
	rows   []row
	missed int
}

type row struct{ name, value, bound, verdict string }

// sectionf begins a group of figures.
func (r *report) sectionf(format string, args ...any) {
	r.rows = append(r.rows, row{name: "\n" + fmt.Sprintf(format, args...)})
}

// notef adds a figure without a bound.
func (r *report) notef(name, format string, args ...any) {
	r.rows = append(r.rows, row{name: "  " + name, value: fmt.Sprintf(format, args...)})
}

// atMost adds a figure that must not be above its bound. One that is no number
// misses it.
func (r *report) atMost(name string, value, bound float64) {
	one := row{name: "  " + name, value: number(value), bound: "<= " + number(bound), verdict: "pass"}
	if !(value <= bound) {
		one.verdict = "MISSED"
		r.missed++
	}
	r.rows = append(r.rows, one)
}

// number writes whole numbers whole and others with three decimals.
func number(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3f", v)
}

// write writes the table, if there is anything to tell.
func (r *report) write(w io.Writer) error {
	if len(r.rows) == 0 {
		return nil
	}
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, r.title)
	for _, one := range r.rows {
		switch {
		case one.value == "":
			fmt.Fprintln(table, one.name)
		case one.bound == "":
			fmt.Fprintf(table, "%s\t%s\n", one.name, one.value)
		default:
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", one.name, one.value, one.bound, one.verdict)
		}
	}
	return table.Flush()
}

// judgement is an error if a bound was missed.
func (r *report) judgement() error {
	if r.missed > 0 {
		return fmt.Errorf("%d of the bounds were missed", r.missed)
	}
	return nil
}

// quantile is the smallest of the times, which are in order, that the share q of
// them does not exceed; zero if there are none.
func quantile(times []time.Duration, q float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(len(times))))
	return times[min(max(rank, 1), len(times))-1]
}
