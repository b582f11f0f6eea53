package deploytest_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/lambda/emf"
)

// Alarms and the dashboard ask for metrics that there are.
func TestMetrics(t *testing.T) {
	t.Parallel()
	read := template(t)
	known := map[string]bool{}
	for _, m := range emf.Metrics() {
		known[m.Name+" "+strings.Join(m.Dimensions, ",")] = true
	}
	asked := 0
	for _, name := range read.Named("AWS::CloudWatch::Alarm") {
		alarm := read.Resources[name].Properties
		if text, _ := alarm["AlarmDescription"].(string); len(text) < 20 || alarm["AlarmActions"] == nil || alarm["TreatMissingData"] != "notBreaching" {
			t.Errorf("%s: %v", name, alarm)
		}
		for _, query := range list(alarm["Metrics"]) {
			one, _ := query.(map[string]any)
			stat, _ := one["MetricStat"].(map[string]any)
			metric, _ := stat["Metric"].(map[string]any)
			if metric["Namespace"] != "vodrefresh/${AWS::StackName}" {
				continue
			}
			asked++
			var dimensions []string
			for _, d := range list(metric["Dimensions"]) {
				dimensions = append(dimensions, d.(map[string]any)["Name"].(string))
			}
			if line := fmt.Sprint(metric["MetricName"], " ", strings.Join(dimensions, ",")); !known[line] {
				t.Errorf("%s asks for %s, which nobody counts", name, line)
			}
		}
	}
	body := fmt.Sprint(read.Resources["Dashboard"].Properties["DashboardBody"])
	for _, found := range regexp.MustCompile(`StackName\}\\",([a-z_,]+)\} MetricName=\\"(\w+)\\"`).FindAllStringSubmatch(body, -1) {
		asked++
		if line := found[2] + " " + found[1]; !known[line] {
			t.Errorf("the dashboard asks for %s, which nobody counts", line)
		}
	}
	if asked < 15 {
		t.Errorf("only %d metrics are asked for", asked)
	}
}

// FILL has a value for the latest period before the metric has one. An alarm that
// looks at that period alone would miss what arrives late, as the log does: it has
// to look back.
//
// Source: CloudWatch User Guide, "Using metric math", FILL.
func TestAlarmsLookBack(t *testing.T) {
	t.Parallel()
	read := template(t)
	filled := 0
	for _, name := range read.Named("AWS::CloudWatch::Alarm") {
		alarm := read.Resources[name].Properties
		if !strings.Contains(fmt.Sprint(alarm["Metrics"]), "FILL(") {
			continue
		}
		filled++
		periods, _ := alarm["EvaluationPeriods"].(uint64)
		wanted, _ := alarm["DatapointsToAlarm"].(uint64)
		if wanted == 0 || wanted >= periods {
			t.Errorf("%s wants %d of the latest %d periods", name, wanted, periods)
		}
	}
	if filled == 0 {
		t.Error("no alarm was looked at")
	}
}
