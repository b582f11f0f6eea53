package emf_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// measured is what CloudWatch would take out of a line, as metric{dimension=value}.
// The line breaks the test if it is against the format.
func measured(t *testing.T, line []byte) map[string]float64 {
	t.Helper()
	all, err := extract(line)
	if err != nil {
		t.Fatalf("%v\n%s", err, line)
	}
	return all
}

// extract holds a line against the specification, and takes its metrics.
//
// Source: CloudWatch User Guide, "Embedded metric format specification", with its
// JSON schema and its limits.
func extract(line []byte) (map[string]float64, error) {
	var root map[string]json.RawMessage
	if err := json.Unmarshal(line, &root); err != nil {
		return nil, err
	}
	all := map[string]float64{}
	if root["_aws"] == nil {
		return all, nil
	}
	var meta struct {
		Timestamp         *int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	}
	decoder := json.NewDecoder(strings.NewReader(string(root["_aws"])))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&meta); err != nil {
		return nil, err
	}
	const past, future = -14 * 24 * time.Hour, 2 * time.Hour
	if meta.Timestamp == nil || len(meta.CloudWatchMetrics) == 0 {
		return nil, fmt.Errorf("Timestamp and CloudWatchMetrics are required")
	}
	if age := time.UnixMilli(*meta.Timestamp).Sub(now()); age < past || age > future {
		return nil, fmt.Errorf("Timestamp %d is %s off", *meta.Timestamp, age)
	}
	for _, d := range meta.CloudWatchMetrics {
		if len(d.Namespace) < 1 || len(d.Namespace) > 256 || len(d.Dimensions) != 1 || len(d.Dimensions[0]) > 30 || len(d.Metrics) < 1 || len(d.Metrics) > 100 {
			return nil, fmt.Errorf("a directive is too small or too large: %+v", d)
		}
		labels := ""
		for _, name := range d.Dimensions[0] {
			var value string
			if err := json.Unmarshal(root[name], &value); err != nil || value == "" || len(value) > 1024 {
				return nil, fmt.Errorf("dimension %q has the value %s", name, root[name])
			}
			if !slices.Contains([]string{"provider", "verdict", "task_type", "kind"}, name) {
				return nil, fmt.Errorf("dimension %q is not one of few values", name)
			}
			labels += "," + name + "=" + value
		}
		for _, m := range d.Metrics {
			var value float64
			if err := json.Unmarshal(root[m.Name], &value); err != nil {
				return nil, fmt.Errorf("metric %q has the value %s: %w", m.Name, root[m.Name], err)
			}
			if !slices.Contains([]string{"Count", "Milliseconds", "Percent"}, m.Unit) {
				return nil, fmt.Errorf("unit %q", m.Unit)
			}
			all[m.Name+"{"+strings.TrimPrefix(labels, ",")+"}"] = value
		}
	}
	return all, nil
}

// The validator is worth something: it refuses what the format forbids.
func TestExtractRefuses(t *testing.T) {
	t.Parallel()
	const good = `{"provider":"aliyun","N":1,"_aws":{"Timestamp":%d,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["provider"]],"Metrics":[{"Name":"N","Unit":"Count"}]}]}}`
	line := fmt.Sprintf(good, now().UnixMilli())
	if all, err := extract([]byte(line)); err != nil || all["N{provider=aliyun}"] != 1 {
		t.Fatalf("%v, %v", all, err)
	}
	for name, change := range map[string][2]string{
		"no time":                  {`"Timestamp"`, `"timestamp_"`},
		"no namespace":             {`"n"`, `""`},
		"no metric":                {`[{"Name":"N","Unit":"Count"}]`, `[]`},
		"a dimension without text": {`"aliyun"`, `7`},
		"no dimension":             {`{"provider"`, `{"other"`},
		"a dimension of any value": {`provider`, `media_id`},
		"a number as text":         {`"N":1`, `"N":"1"`},
		"a unit of its own":        {`Count`, `Things`},
		"another member":           {`"Namespace"`, `"More":1,"Namespace"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if all, err := extract([]byte(strings.ReplaceAll(line, change[0], change[1]))); err == nil {
				t.Errorf("taken: %v", all)
			}
		})
	}
}
