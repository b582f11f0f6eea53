package deploytest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/deploytest"
)

// parse reads a template out of a text.
func parse(t *testing.T, text string) (deploytest.Template, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "template.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return deploytest.Read(file)
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	if _, err := parse(t, "Resources: [\n"); err == nil || !strings.Contains(err.Error(), "is not a template") {
		t.Errorf("of what is no YAML: %v", err)
	}
	if _, err := deploytest.Read("nothing.yaml"); !os.IsNotExist(err) {
		t.Errorf("of a file that is not there: %v", err)
	}
}

func TestReadResolvesAliases(t *testing.T) {
	t.Parallel()
	read, err := parse(t, `
Globals: {Function: {Environment: {Variables: {A: &a !Sub 'x ${B}', C: global}}}}
Resources:
  F: {Type: AWS::Serverless::Function, Properties: {Environment: {Variables: {D: *a, C: own}}}}
`)
	if err != nil {
		t.Fatal(err)
	}
	got := read.Variables("F")
	if len(got) != 3 || got["A"] != "x ${B}" || got["D"] != got["A"] || got["C"] != "own" {
		t.Errorf("variables: %v", got)
	}
}

func TestQueueAttributes(t *testing.T) {
	t.Parallel()
	const mapped = `
Parameters: {Size: {Default: '60'}}
Mappings: {Sizes: {'60': {Seconds: 7}}}
Resources: {Q: {Properties: {DelaySeconds: 0, VisibilityTimeout: `
	for name, test := range map[string]struct{ value, want string }{
		"a number":         {"5", "5"},
		"of a mapping":     {"!FindInMap [Sizes, !Ref Size, Seconds]", "7"},
		"of no mapping":    {"!FindInMap [Others, !Ref Size, Seconds]", ""},
		"of too few parts": {"!FindInMap [Sizes, Seconds]", ""},
		"an object":        {"{b: 1, a: x}", `{"a":"x","b":1}`},
		"no JSON":          {"{a: .nan}", ""},
		"nothing":          {"null", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			read, err := parse(t, mapped+test.value+"}}}\n")
			if err != nil {
				t.Fatal(err)
			}
			got, err := read.QueueAttributes("Q")
			if (err != nil) != (test.want == "") || got["VisibilityTimeout"] != test.want {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	read, err := parse(t, `
Resources:
  F: {Properties: {Role: !GetAtt R.Arn}}
  G: {Properties: {}}
  R: {Properties: {Policies: [{PolicyDocument: {Statement: [{Action: 'b:C'}, {Action: ['b:B', 'a:A']}]}}, {PolicyDocument: {Statement: {Action: 'c:C'}}}]}}
`)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(read.Actions("F"), " "); got != "a:A b:B b:C c:C" {
		t.Errorf("actions: %s", got)
	}
	if got := read.Actions("G"); len(got) != 0 {
		t.Errorf("of a function without a role: %v", got)
	}
}
