package deploytest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// section is what the README says of Function Compute.
func section(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "\n## Function Compute\n")
	if !ok {
		t.Fatal("the README has no section on Function Compute")
	}
	ours, _, _ := strings.Cut(rest, "\n## ")
	return ours
}

// found are the first groups of a pattern, each once, in order.
func found(pattern, text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// The roles of the README have the actions that the driver calls, and no others;
// those of setup are named, and are nobody's.
func TestServerlessDevsRoles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../core/aliyun/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			code.Write(text)
		}
	}
	called := found(`vod\.Create(\w+)Request\(`, code.String())
	if allowed := found(`vod:(\w+)`, section(t)); !slices.Equal(called, allowed) {
		t.Errorf("called are %v, the README allows %v", called, allowed)
	}
	if inRoles := found(`"vod:(\w+)"`, section(t)); slices.Contains(inRoles, "SetMessageCallback") || len(inRoles) != len(called)-2 {
		t.Errorf("the roles have %v", inRoles)
	}
}

// Every variable of s.yaml is in the table of the README.
func TestServerlessDevsVariablesAreExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	explained := found("`([A-Z_]+)`", section(t))
	for _, name := range found(`env\('(\w+)'`, string(text)) {
		if !slices.Contains(explained, name) {
			t.Errorf("%s is not in the README", name)
		}
	}
}
