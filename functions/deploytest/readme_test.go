package deploytest_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// walkThrough is the README's section about AWS.
func walkThrough(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## AWS\n")
	if !ok {
		t.Fatal("the README has no section AWS")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

// The README names what whoever deploys has to know: the secrets with their keys,
// the parameters, the outputs, the alarms.
func TestWalkThroughIsComplete(t *testing.T) {
	t.Parallel()
	read, section := template(t), walkThrough(t)
	keys := regexp.MustCompile(`\b[A-Z]+(_[A-Z]+)+\b`)
	for _, secret := range []string{"ServiceSecret", "AliyunSecret", "HuaweiSecret"} {
		parameter := read.Parameters[secret]
		for _, key := range append(keys.FindAllString(parameter.Description, -1), secret) {
			if !strings.Contains(section, "`"+key+"`") {
				t.Errorf("the README does not name %s of %s", key, secret)
			}
		}
		if name, _ := parameter.Default.(string); name != "" && !strings.Contains(section, "--name "+name+" ") {
			t.Errorf("the README does not create the secret %s", name)
		}
	}
	for _, names := range [][]string{named(read.Parameters), named(read.Outputs), read.Named("AWS::CloudWatch::Alarm")} {
		for _, name := range names {
			if !strings.Contains(section, "`"+name+"`") && !strings.Contains(section, "`"+name+"=") && !slices.Contains(plain(), name) {
				t.Errorf("the README does not name %s", name)
			}
		}
	}
	for _, command := range []string{"sam build\n", "sam deploy --guided\n", "aws secretsmanager create-secret"} {
		if !strings.Contains(section, command) {
			t.Errorf("the README does not say %q", command)
		}
	}
}

// plain are parameters that need no word beside their descriptions.
func plain() []string { return []string{"MemorySize"} }

func named[V any](all map[string]V) []string {
	var names []string
	for name := range all {
		names = append(names, name)
	}
	return names
}

// What the README calls a parameter, an output or an alarm is one.
func TestWalkThroughIsTrue(t *testing.T) {
	t.Parallel()
	read, section := template(t), walkThrough(t)
	known := slices.Concat(named(read.Parameters), named(read.Outputs), named(read.Resources))
	words := regexp.MustCompile("`([A-Z][a-z]+(?:[A-Z][a-z]+)*)(?:=[a-z]+)?`").FindAllStringSubmatch(section, -1)
	if len(words) < 30 {
		t.Errorf("the README names %d things", len(words))
	}
	for _, word := range words {
		if !slices.Contains(known, word[1]) {
			t.Errorf("the README names %s, which the template does not have", word[1])
		}
	}
}
