package deploytest_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
)

// The file that is deployed has nothing in it that fc3 does not document, with
// the fewest variables and with all of them.
func TestServerlessDevs(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"least", "most"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := rendered(t, name)
			if d.Edition != "3.0.0" || !slices.Equal(slices.Sorted(maps.Keys(d.Resources)), []string{"callback", "credentials", "refresh"}) {
				t.Errorf("edition %s with %v", d.Edition, slices.Sorted(maps.Keys(d.Resources)))
			}
			for function, r := range d.Resources {
				if r.Component != "fc3" {
					t.Errorf("%s has component %q", function, r.Component)
				}
				for _, wrong := range problems(r.Props) {
					t.Errorf("%s: %s", function, wrong)
				}
			}
		})
	}
}

// What the program is given is what it takes.
func TestServerlessDevsEnvironment(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"least", "most"} {
		for function, r := range rendered(t, name).Resources {
			variables, _ := r.Props["environmentVariables"].(map[string]any)
			var environ []string
			for key, value := range variables {
				environ = append(environ, fmt.Sprint(key, "=", value))
			}
			cfg, err := config.FunctionCompute.Load(environ)
			if err != nil {
				t.Errorf("%s of %s: %v", function, name, err)
				continue
			}
			queue := map[bool]string{true: "rediss:", false: "direct:"}[name == "most" && function != "credentials"]
			if string(cfg.Function) != function || !strings.HasPrefix(string(cfg.QueueURL), queue) {
				t.Errorf("%s of %s is %s with queue %s", function, name, cfg.Function, queue)
			}
		}
	}
}

// A secret comes from whoever deploys, and has no default in the file.
func TestServerlessDevsHasNoSecrets(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ALIYUN_CALLBACK_KEYS", "API_TOKENS", "UPLOAD_TICKET_KEYS"} {
		if lines := regexp.MustCompile(`(?m)^ *`+name+`: (.*)$`).FindAllStringSubmatch(string(text), -1); len(lines) != 1 || lines[0][1] != "${env('"+name+"')}" {
			t.Errorf("%s is %q", name, lines)
		}
	}
	for _, name := range []string{"ALIBABA_CLOUD_ACCESS_KEY", "LTAI", "AccessKey"} {
		if strings.Contains(string(text), name) {
			t.Errorf("s.yaml names %s; the functions have roles", name)
		}
	}
}

// The way in, and what becomes of what fails, are as the README says.
func TestServerlessDevsTriggers(t *testing.T) {
	t.Parallel()
	for function, want := range map[string][]string{
		"callback": {"http"}, "refresh": {"eventbridge", "timer", "http"}, "credentials": {"http"},
	} {
		var types []string
		triggers, _ := rendered(t, "least").Resources[function].Props["triggers"].([]any)
		for _, one := range triggers {
			trigger, _ := one.(map[string]any)
			types = append(types, fmt.Sprint(trigger["triggerType"]))
		}
		if !slices.Equal(types, want) {
			t.Errorf("%s has triggers %v, want %v", function, types, want)
		}
	}
}
