package deploytest_test

import (
	"slices"
	"strings"
	"testing"
)

// set changes what is at a path, of lists by number; nil removes it.
func set(t *testing.T, props map[string]any, path string, value any) {
	t.Helper()
	var at any = props
	names := strings.Split(path, ".")
	for i, name := range names {
		switch v := at.(type) {
		case map[string]any:
			switch {
			case i < len(names)-1:
				at = v[name]
			case value == nil:
				delete(v, name)
			default:
				v[name] = value
			}
		case []any:
			n := slices.Index([]string{"0", "1", "2"}, name)
			if i == len(names)-1 {
				v[n] = value
				return
			}
			at = v[n]
		default:
			t.Fatalf("%s leads nowhere", path)
		}
	}
}

// Each mistake is found, and nothing else.
func TestServerlessDevsProblems(t *testing.T) {
	t.Parallel()
	const queue = "triggers.0.triggerConfig"
	for name, c := range map[string]struct {
		function, path string
		value          any
		want           string
	}{
		"a typing error":            {"callback", "instanceConcurency", 20.0, "instanceConcurency: is no property that fc3 documents"},
		"of FC 2.0":                 {"callback", "service", "vod", "service: is no property"},
		"deep down":                 {"refresh", queue + ".runOptions.batchWindow.Count", 1.0, "triggers[].triggerConfig(eventbridge).runOptions.batchWindow.Count: is no property"},
		"another trigger's":         {"callback", "triggers.0.triggerConfig.cronExpression", "@every 1m", "triggers[].triggerConfig(http).cronExpression: is no property"},
		"no region":                 {"callback", "region", nil, "region: is missing"},
		"no such region":            {"callback", "region", "cn-moon", `region: is "cn-moon", not one of`},
		"no code":                   {"callback", "code", nil, "code: is missing"},
		"no time-out":               {"callback", "timeout", nil, "timeout: is missing"},
		"a runtime that has gone":   {"callback", "runtime", "custom.debian9", `runtime: is "custom.debian9", not one of`},
		"a number as text":          {"callback", "timeout", "10", "timeout: is a text, not a number"},
		"a bool as text":            {"callback", "internetAccess", "true", "internetAccess: is a text, not a bool"},
		"a text as number":          {"callback", "description", 1.0, "description: is a number, not a text"},
		"a variable as number":      {"callback", "environmentVariables.ALIYUN_RATE", 50.0, "environmentVariables.ALIYUN_RATE: is a number, not a text"},
		"a list of numbers":         {"callback", "customRuntimeConfig.command.0", 1.0, "customRuntimeConfig.command[]: is a number, not a text"},
		"an object for a list":      {"callback", "triggers", map[string]any{}, "triggers: is a object, not a list"},
		"a list for an object":      {"callback", "environmentVariables", []any{}, "environmentVariables: is a list, not a object"},
		"nothing":                   {"callback", "triggers.0.description", []any(nil), "triggers[].description: is a list, not a text"},
		"too little memory":         {"callback", "memorySize", 64.0, "memorySize: is 64, not between 128 and 32768"},
		"odd memory":                {"callback", "memorySize", 300.0, "memorySize: is 300, not a multiple of 64"},
		"an odd CPU":                {"callback", "cpu", 0.12, "cpu: is 0.12, not a multiple of 0.05"},
		"a CPU without memory":      {"callback", "cpu", 0.3, "cpu: is 0.3 with 256 MB; a CPU goes with 1 to 4 GB"},
		"memory without a CPU":      {"callback", "memorySize", 2048.0, "cpu: is 0.25 with 2048 MB"},
		"half a disk":               {"callback", "diskSize", 1024.0, "diskSize: is 1024, not one of 512, 10240"},
		"for ever":                  {"callback", "timeout", 86401.0, "timeout: is 86401, not between 1 and 86400"},
		"half a second":             {"callback", "timeout", 1.5, "timeout: is 1.5, not a multiple of 1"},
		"too many at a time":        {"callback", "instanceConcurrency", 201.0, "instanceConcurrency: is 201, not between 1 and 200"},
		"many at a time in go1":     {"refresh", "instanceConcurrency", 2.0, "instanceConcurrency: does nothing with runtime go1"},
		"a command of go1":          {"refresh", "customRuntimeConfig", map[string]any{"command": []any{"/code/main"}}, "customRuntimeConfig: does nothing with runtime go1"},
		"go1 without a handler":     {"refresh", "handler", nil, "handler: is missing with runtime go1"},
		"custom with a handler":     {"callback", "handler", "main", "handler: does nothing with runtime custom.debian12"},
		"custom without a command":  {"callback", "customRuntimeConfig", nil, "customRuntimeConfig: is missing with runtime custom.debian12"},
		"no role's ARN":             {"callback", "role", "vodrefresh", `role: is "vodrefresh", not like`},
		"a log without a store":     {"callback", "logConfig", map[string]any{"project": "p"}, "logConfig.logstore: is missing"},
		"logs somewhere":            {"callback", "logConfig", "none", "logConfig: is a text, not a auto"},
		"half a VPC":                {"callback", "vpcConfig.vpcId", "vpc-1", "vpcConfig: names a part of"},
		"no queue for failures":     {"refresh", "asyncInvokeConfig.destinationConfig.onFailure.destination", "acs:mns:cn-shanghai::/queues/dead/messages", "is \"acs:mns:cn-shanghai::/queues/dead/messages\", not like"},
		"nine retries":              {"refresh", "asyncInvokeConfig.maxAsyncRetryAttempts", 9.0, "not between 0 and 8"},
		"no such trigger":           {"callback", "triggers.0.triggerType", "https", `triggers[].triggerConfig(https): is no property`},
		"an open door, misspelt":    {"callback", "triggers.0.triggerConfig.authType", "none", "authType: is \"none\", not one of anonymous, function, jwt"},
		"no such method":            {"callback", "triggers.0.triggerConfig.methods.0", "get", `methods[]: is "get", not one of`},
		"a trigger without a name":  {"callback", "triggers.0.triggerName", nil, "triggers[].triggerName: is missing"},
		"a trigger without details": {"callback", "triggers.0.triggerConfig", nil, "triggers[].triggerConfig: is missing"},
		"two of a name":             {"refresh", "triggers.1.triggerName", "queue", "triggers: two are called queue"},
		"a cron of five fields":     {"refresh", "triggers.1.triggerConfig.cronExpression", "* * * * *", "cronExpression: is \"* * * * *\", not like"},
		"a timer that may be off":   {"refresh", "triggers.1.triggerConfig.enable", nil, "triggerConfig(timer).enable: is missing"},
		"a queue's five minutes":    {"refresh", "timeout", 301.0, "timeout: is 301; a queue gives a function 300 s"},
		"a long wait":               {"refresh", queue + ".runOptions.batchWindow.TimeBasedWindow", 16.0, "TimeBasedWindow: is 16, not between 0 and 15"},
		"no dead letters":           {"refresh", queue + ".runOptions.deadLetterQueue", nil, "deadLetterQueue: is missing"},
		"batches one by one":        {"refresh", queue + ".runOptions.mode", "event-driven", "runOptions.mode: must be event-streaming for batches"},
		"not filled in":             {"callback", "description", "in ${vars.region}", "a variable is not filled in: ${vars.region}"},
		"a long environment":        {"callback", "environmentVariables.RULES", strings.Repeat("x", 4096), "environmentVariables: have"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			props := rendered(t, "least").Resources[c.function].Props
			set(t, props, c.path, c.value)
			got := problems(props)
			if !slices.ContainsFunc(got, func(line string) bool { return strings.Contains(line, c.want) }) {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if len(got) > 2 { // a missing or wrong value may be two mistakes
				t.Errorf("one mistake, and %d problems: %q", len(got), got)
			}
		})
	}
}

func TestServerlessDevsTwoDoors(t *testing.T) {
	t.Parallel()
	props := rendered(t, "least").Resources["callback"].Props
	triggers, _ := props["triggers"].([]any)
	second := map[string]any{
		"triggerName": "second", "triggerType": "http", "triggerConfig": map[string]any{"authType": "anonymous", "methods": []any{"GET"}},
	}
	props["triggers"] = append(triggers, second)
	if got := problems(props); !slices.Equal(got, []string{"triggers: 2 are http; a version has one"}) {
		t.Errorf("got %q", got)
	}
}
