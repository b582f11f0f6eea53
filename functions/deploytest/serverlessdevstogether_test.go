package deploytest_test

import (
	"bytes"
	"encoding/json"
	"strings"
)

// together checks what no property can be told of alone.
//
// Source: Function Compute, "Instance types and specifications", "Environment
// variables", "Advanced features of triggers", "HTTP triggers".
func (c *checker) together(props map[string]any) {
	c.instance(props)
	c.runtime(props)
	c.variables(props)
	c.network(props)
	c.triggers(props)
}

// instance: a CPU has one to four GB.
func (c *checker) instance(props map[string]any) {
	cpu, _ := props["cpu"].(float64)
	memory, _ := props["memorySize"].(float64)
	if gb := memory / 1024; cpu > gb || 4*cpu < gb {
		c.failf("cpu", "is %v with %v MB; a CPU goes with 1 to 4 GB", cpu, memory)
	}
}

// runtime: only a custom runtime has a command, and more than one request at a
// time; only a built-in one has a handler.
func (c *checker) runtime(props map[string]any) {
	runtime, _ := props["runtime"].(string)
	custom := strings.HasPrefix(runtime, "custom")
	for name, ofCustom := range map[string]bool{"customRuntimeConfig": true, "instanceConcurrency": true, "handler": false} {
		if _, there := props[name]; there && ofCustom != custom {
			c.failf(name, "does nothing with runtime %s", runtime)
		}
	}
	for name, ofCustom := range map[string]bool{"customRuntimeConfig": true, "handler": false} {
		if _, there := props[name]; !there && ofCustom == custom {
			c.failf(name, "is missing with runtime %s", runtime)
		}
	}
}

// variables: 4 KB in all, and every one filled in.
func (c *checker) variables(props map[string]any) {
	variables, _ := props["environmentVariables"].(map[string]any)
	size := 0
	for name, value := range variables {
		text, _ := value.(string)
		size += len(name) + len(text)
	}
	if most := 4096; size > most {
		c.failf("environmentVariables", "have %d bytes, more than %d", size, most)
	}
	encoded, err := json.Marshal(props)
	if err != nil {
		c.failf("", "%v", err)
	}
	if at := bytes.Index(encoded, []byte("${")); at >= 0 {
		c.failf("", "a variable is not filled in: %.40s", encoded[at:])
	}
}

// network: a VPC is named with a switch and a group, or not at all.
func (c *checker) network(props map[string]any) {
	vpc, ok := props["vpcConfig"].(map[string]any)
	if !ok {
		return
	}
	switches, _ := vpc["vSwitchIds"].([]any)
	set := vpc["vpcId"] != ""
	if set != (len(switches) > 0) || set != (vpc["securityGroupId"] != "") {
		c.failf("vpcConfig", "names a part of vpcId, vSwitchIds and securityGroupId only")
	}
}

// triggers: names are unique, there is one HTTP trigger at most, a queue gives
// the function five minutes, and what it cannot deliver goes somewhere.
func (c *checker) triggers(props map[string]any) {
	triggers, _ := props["triggers"].([]any)
	names, ofHTTP := make(map[any]bool), 0
	for _, one := range triggers {
		trigger, _ := one.(map[string]any)
		if names[trigger["triggerName"]] {
			c.failf("triggers", "two are called %v", trigger["triggerName"])
		}
		names[trigger["triggerName"]] = true
		switch trigger["triggerType"] {
		case "http":
			ofHTTP++
		case "eventbridge":
			c.queue(props, trigger)
		}
	}
	if ofHTTP > 1 {
		c.failf("triggers", "%d are http; a version has one", ofHTTP)
	}
}

func (c *checker) queue(props, trigger map[string]any) {
	const path = "triggers[].triggerConfig(eventbridge)"
	if timeout, _ := props["timeout"].(float64); timeout > 300 {
		c.failf("timeout", "is %v; a queue gives a function 300 s", timeout)
	}
	config, _ := trigger["triggerConfig"].(map[string]any)
	options, _ := config["runOptions"].(map[string]any)
	sink, _ := config["eventSinkConfig"].(map[string]any)
	delivery, _ := sink["deliveryOption"].(map[string]any)
	if options["errorsTolerance"] == "ALL" && options["deadLetterQueue"] == nil {
		c.failf(path+".runOptions.deadLetterQueue", "is missing: what fails for good would be lost")
	}
	if options["batchWindow"] != nil && (options["mode"] != "event-streaming" || delivery["mode"] != "event-streaming") {
		c.failf(path+".runOptions.mode", "must be event-streaming for batches, here and in deliveryOption")
	}
}
