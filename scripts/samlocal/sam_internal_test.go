package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/deploytest"
)

func TestInvoke(t *testing.T) {
	t.Parallel()
	tool := newFake(t)
	answer, log, err := tool.invoke(t.Context(), "CallbackFunction", []byte(`{"a":1}`))
	if err != nil || string(log) != "a line of the log\n" {
		t.Fatalf("%s %v", log, err)
	}
	args, said := calledWith(t, answer)
	for _, want := range []string{
		"local invoke CallbackFunction --event ", " --template " + tool.scratch + "/build/template.yaml ",
		" --parameter-overrides Architecture=x86_64 ", " --invoke-image image:tag --skip-pull-image",
	} {
		if !strings.Contains(args, want) {
			t.Errorf("called with %q, want %q in it", args, want)
		}
	}
	if event, _ := said["event"].(map[string]any); event["a"] != 1.0 {
		t.Errorf("the event was %v", said["event"])
	}
	if said["SAM_CLI_TELEMETRY"] != "0" || said["AWS_CONFIG_FILE"] != os.DevNull || said["AWS_PROFILE"] != "" {
		t.Errorf("called with %v", said)
	}
}

func TestInvokeFails(t *testing.T) {
	t.Parallel()
	_, _, err := newFake(t).invoke(t.Context(), "Broken", []byte(`{}`))
	if err == nil || !strings.Contains(err.Error(), "sam local invoke: exit status 1") || !strings.Contains(err.Error(), "a line of the log") {
		t.Errorf("%v", err)
	}
}

func TestBuildAndValidate(t *testing.T) {
	t.Parallel()
	tool := newFake(t)
	if err := tool.validate(t.Context()); err != nil {
		t.Error(err)
	}
	if err := tool.build(t.Context()); err != nil {
		t.Error(err)
	}
	tool.program = "/nothing"
	if err := tool.validate(t.Context()); err == nil {
		t.Error("a program that is not there validated the template")
	}
}

// Every variable of the template gets a value, or is a parameter's default.
func TestVariables(t *testing.T) {
	t.Parallel()
	template, err := deploytest.Read("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	values := (&stage{}).variables()
	values["QUEUE_URL"] = "sqs://there"
	tool := newFake(t)
	if err := tool.writeVariables(template, values); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(tool.variablesFile())
	if err != nil {
		t.Fatal(err)
	}
	var written map[string]map[string]string
	if err := json.Unmarshal(text, &written); err != nil {
		t.Fatal(err)
	}
	for _, function := range template.Functions() {
		for name, value := range template.Variables(function) {
			reference, _ := value.(string)
			_, parameter := template.Parameters[reference]
			if _, given := written[function][name]; !given && !parameter && name != "FUNCTION" {
				t.Errorf("%s of %s has no value here: %v", name, function, value)
			}
		}
	}
	if _, given := written["CredentialsFunction"]["QUEUE_URL"]; given || written["RefreshFunction"]["QUEUE_URL"] != "sqs://there" {
		t.Errorf("written: %v", written)
	}
}

func TestStartAPI(t *testing.T) {
	t.Parallel()
	port, err := freePort(t.Context(), loopback)
	if err != nil {
		t.Fatal(err)
	}
	served, err := newFake(t).startAPI(t.Context(), loopback, port)
	if err != nil {
		t.Fatal(err)
	}
	if err := (&stage{clock: clock.System{}}).await(t.Context(), served); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		tried tried
		fails string
	}{
		"as wanted":      {tried{method: http.MethodPost, path: "/a", body: "{}", status: 418, holds: "POST /a application/json"}, ""},
		"without a body": {tried{method: http.MethodGet, path: "/b", header: http.Header{"X": {"y"}}, status: 418, holds: "GET /b "}, ""},
		"another status": {tried{method: http.MethodGet, path: "/b", status: 200}, "answered 418 GET /b , want 200"},
		"another body":   {tried{method: http.MethodGet, path: "/b", status: 418, holds: "c"}, "want 418 and c"},
		"another method": {tried{method: "no method", path: "/b"}, "invalid method"},
	} {
		if err := test.tried.send(t.Context(), &http.Client{}, served.url); (err == nil) != (test.fails == "") || err != nil && !strings.Contains(err.Error(), test.fails) {
			t.Errorf("%s: %v", name, err)
		}
	}
	said := served.said()
	served.stop()
	if said != "it serves\n" {
		t.Errorf("it said %q", said)
	}
	if err := (tried{method: http.MethodGet, path: "/", status: 418}).send(t.Context(), &http.Client{}, served.url); err == nil {
		t.Error("it still answers")
	}
}
