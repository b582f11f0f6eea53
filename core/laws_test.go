package core_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the import path that everything here begins with.
const module = "github.com/vodrefresh/vodrefresh/"

// source is one Go file of the module.
type source struct {
	path    string   // from the module's root
	imports []string // of the module itself, without its path; others as they are
	test    bool
	lines   int
	ast     *ast.File
}

// pkg is a folder of Go files, by its path from the module's root.
type pkg struct {
	dir   string
	files []source
}

// laws are what holds for every package. Each returns what breaks it.
func laws() map[string]func(pkg) []string {
	return map[string]func(pkg) []string{
		"arrows point one way":                arrows,
		"drivers do not import each other":    drivers,
		"the wire is for drivers alone":       wiring,
		"only drivers import a cloud SDK":     cloudSDKs,
		"every package says what it is for":   documented,
		"every package has a name of meaning": named,
		"every package shows its use":         exemplified,
		"a file fits on a few screens":        short,
		"a main only wires":                   thin,
	}
}

func TestLaws(t *testing.T) {
	t.Parallel()
	tree := parse(t, os.DirFS(".."))
	if len(tree) < 3 {
		t.Fatalf("found %d packages: this cannot be the whole module", len(tree))
	}
	for name, law := range laws() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var breaches []string
			for _, p := range tree {
				breaches = append(breaches, law(p)...)
			}
			slices.Sort(breaches)
			if len(breaches) > 0 {
				t.Error(strings.Join(breaches, "\n"))
			}
		})
	}
}

// TestLawsAreEnforced shows each law something that breaks it, beside something
// alike that does not.
func TestLawsAreEnforced(t *testing.T) {
	t.Parallel()
	const root = `"` + module
	long := "package a\n" + strings.Repeat("\n", 300)
	tests := map[string]struct {
		law, file, text string
		breach          string // empty: none
	}{
		"events import core":           {"arrows point one way", "events/a/a.go", "package a\nimport _ " + root + `core"`, "events/a/a.go: imports core"},
		"events import a library":      {"arrows point one way", "events/a/a.go", "package a\nimport _ " + `"example.com/x"`, "events/a/a.go: imports example.com/x"},
		"core imports functions":       {"arrows point one way", "core/a.go", "package core\nimport _ " + root + `functions/local"`, "core/a.go: imports functions/local"},
		"a tool imports functions":     {"arrows point one way", "scripts/a/a.go", "package a\nimport _ " + root + `functions/local"`, "scripts/a/a.go: imports functions/local"},
		"a tool imports a harness":     {"arrows point one way", "scripts/a/a.go", "package a\nimport _ " + root + `functions/atest"`, ""},
		"functions import all":         {"arrows point one way", "functions/a/a.go", "package a\nimport (_ " + root + `core"; _ ` + root + `events"; _ ` + root + `functions/b")`, ""},
		"a driver imports a driver":    {"drivers do not import each other", "core/aliyun/a.go", "package a\nimport _ " + root + `core/vodsim"`, "core/aliyun/a.go: imports core/vodsim"},
		"core imports a driver":        {"drivers do not import each other", "core/a.go", "package core\nimport _ " + root + `core/aliyun"`, "core/a.go: imports core/aliyun"},
		"a driver's test has a server": {"drivers do not import each other", "core/aliyun/a_test.go", "package a\nimport _ " + root + `core/vodsim"`, ""},
		"a driver imports its own":     {"drivers do not import each other", "core/aliyun/a.go", "package a\nimport _ " + root + `core/aliyun/wire"`, ""},
		"a driver imports the wire":    {"the wire is for drivers alone", "core/huawei/a.go", "package a\nimport _ " + root + `core/wire"`, ""},
		"core imports the wire":        {"the wire is for drivers alone", "core/a.go", "package core\nimport _ " + root + `core/wire"`, "core/a.go: imports core/wire"},
		"the simulator has the wire":   {"the wire is for drivers alone", "core/vodsim/a_test.go", "package a\nimport _ " + root + `core/wire"`, "core/vodsim/a_test.go: imports core/wire"},
		"the wire imports core":        {"the wire is for drivers alone", "core/wire/a.go", "package wire\nimport (_ " + root + `core"; _ "net/http")`, ""},
		"the wire imports events":      {"the wire is for drivers alone", "core/wire/a.go", "package wire\nimport _ " + root + `events"`, "core/wire/a.go: imports events"},
		"the wire imports a library":   {"the wire is for drivers alone", "core/wire/a.go", "package wire\nimport _ " + `"example.com/x"`, "core/wire/a.go: imports example.com/x"},
		"the wire's test imports it":   {"the wire is for drivers alone", "core/wire/a_test.go", "package wire_test\nimport _ " + root + `core/wire"`, ""},
		"core imports an SDK":          {"only drivers import a cloud SDK", "core/a.go", "package core\nimport _ " + `"github.com/aliyun/sdk"`, "core/a.go: imports github.com/aliyun/sdk"},
		"a driver imports another's":   {"only drivers import a cloud SDK", "core/aliyun/a.go", "package a\nimport _ " + `"github.com/aws/sdk"`, "core/aliyun/a.go: imports github.com/aws/sdk"},
		"a driver imports its SDK":     {"only drivers import a cloud SDK", "core/aliyun/a.go", "package a\nimport _ " + `"github.com/aliyun/sdk"`, ""},
		"AWS's drivers share a client": {"only drivers import a cloud SDK", "core/internal/awsclient/a.go", "package a\nimport _ " + `"github.com/aws/sdk"`, ""},
		"another package has AWS's":    {"only drivers import a cloud SDK", "core/redis/a.go", "package a\nimport _ " + `"github.com/aws/sdk"`, "core/redis/a.go: imports github.com/aws/sdk"},
		"a queue imports a store":      {"drivers do not import each other", "core/sqs/a.go", "package a\nimport _ " + root + `core/dynamodb"`, "core/sqs/a.go: imports core/dynamodb"},
		"the simulator imports an SDK": {"only drivers import a cloud SDK", "core/vodsim/a.go", "package a\nimport _ " + `"github.com/aliyun/sdk"`, "core/vodsim/a.go: imports github.com/aliyun/sdk"},
		"an SDK tests the simulator":   {"only drivers import a cloud SDK", "core/vodsim/a_test.go", "package a\nimport _ " + `"github.com/aliyun/sdk"`, ""},
		"no package comment":           {"every package says what it is for", "core/a/a.go", "package a", "core/a: has no package comment"},
		"a package comment":            {"every package says what it is for", "core/a/a.go", "// Package a is one.\npackage a", ""},
		"a drawer":                     {"every package has a name of meaning", "core/util/a.go", "package util", "core/util: package util says nothing of what it is"},
		"no example":                   {"every package shows its use", "core/a/a.go", "package a", "core/a: has no Example"},
		"an example that never runs":   {"every package shows its use", "core/a/a_test.go", "package a\nfunc Example() {}", "core/a: has no Example that runs: its output is not stated"},
		"an example":                   {"every package shows its use", "core/a/a_test.go", "package a\nfunc Example() {\n\t// Output:\n}", ""},
		"an internal package":          {"every package shows its use", "core/internal/a/a.go", "package a", ""},
		"a long file":                  {"a file fits on a few screens", "core/a.go", long, "core/a.go: 301 lines, at most 300"},
		"a long test":                  {"a file fits on a few screens", "core/a_test.go", long, ""},
		"a thick main":                 {"a main only wires", "functions/local/main.go", "package main\n" + strings.Repeat("\n", 39), "functions/local/main.go: 40 lines, at most 39"},
		"a main elsewhere":             {"a main only wires", "functions/local/a.go", "package main\nfunc main() {}", "functions/local: has no main.go"},
		"a thin main":                  {"a main only wires", "functions/local/main.go", "package main\nfunc main() {}", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := parse(t, fstest.MapFS{test.file: &fstest.MapFile{Data: []byte(test.text)}})
			if got := strings.Join(laws()[test.law](tree[0]), "; "); got != test.breach {
				t.Errorf("%s breaks %q with %q, want %q", test.file, test.law, got, test.breach)
			}
		})
	}
}

// arrows: functions -> core -> events, and nothing else from outside for events.
// A tool may use what functions are tested with.
func arrows(p pkg) []string {
	from := top(p.dir)
	return p.breaches(func(_ source, to string) bool {
		harness := strings.HasSuffix(to, "test")
		switch to := top(to); to {
		case "functions":
			return from != "functions" && (from != "scripts" || !harness)
		case "events":
			return false
		default: // core or a library, which has a dot in its name; the standard library has none
			return from == "events" && (to == "core" || strings.Contains(to, "."))
		}
	})
}

// drivers are known to functions, and to tests, alone.
func drivers(p pkg) []string {
	return p.breaches(func(file source, to string) bool {
		driver := driverOf(to)
		return driver != "" && top(p.dir) == "core" && !file.test && driverOf(p.dir) != driver
	})
}

// wiring: what the drivers of video platforms share knows core and the standard
// library, and serves nobody else. The simulators judge it.
func wiring(p pkg) []string {
	const wire = "core/wire"
	if p.dir == wire {
		return p.breaches(func(_ source, to string) bool {
			own := slices.Contains([]string{"core", "events", "functions", "scripts"}, top(to))
			return to != "core" && to != wire && (own || strings.Contains(top(to), "."))
		})
	}
	return p.breaches(func(_ source, to string) bool {
		return to == wire && !within(p.dir, "core/aliyun") && !within(p.dir, "core/huawei")
	})
}

// driverOf returns the driver that a folder belongs to, or nothing.
func driverOf(dir string) string {
	for _, driver := range []string{"aliyun", "huawei", "jetstream", "redis", "sqs", "dynamodb", "vodsim"} {
		if within(dir, "core/"+driver) {
			return driver
		}
	}
	return ""
}

// cloudSDKs each have the drivers and the mains that they are for; those of AWS
// have one account between them. The simulator is tested by a stock SDK, and
// shares nothing with it.
func cloudSDKs(p pkg) []string {
	homes := map[string][]string{
		"github.com/aliyun":      {"core/aliyun", "functions/fc"},
		"github.com/huaweicloud": {"core/huawei"},
		"github.com/aws":         {"core/sqs", "core/dynamodb", "core/internal/awsclient", "functions/lambda"},
	}
	return p.breaches(func(file source, to string) bool {
		for sdk, dirs := range homes {
			if within(to, sdk) {
				home := slices.ContainsFunc(dirs, func(dir string) bool { return within(p.dir, dir) })
				judge := file.test && within(p.dir, "core/vodsim")
				return !home && !judge
			}
		}
		return false
	})
}

func documented(p pkg) []string {
	if slices.ContainsFunc(p.files, func(f source) bool { return !f.test && f.ast.Doc.Text() != "" }) {
		return nil
	}
	return []string{p.dir + ": has no package comment"}
}

func named(p pkg) []string {
	if name := path.Base(p.dir); slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "shared"}, name) {
		return []string{fmt.Sprintf("%s: package %s says nothing of what it is", p.dir, name)}
	}
	return nil
}

// exemplified: a package that others may import has an Example that is run. One
// of a conformance suite needs a *testing.T, which an Example does not have.
func exemplified(p pkg) []string {
	if p.main() || strings.Contains("/"+p.dir+"/", "/internal/") {
		return nil
	}
	var tests []*ast.File
	for _, f := range p.files {
		if f.test {
			tests = append(tests, f.ast)
		}
	}
	examples := doc.Examples(tests...)
	runs := func(e *doc.Example) bool { return e.Output != "" || e.EmptyOutput }
	switch {
	case len(examples) == 0:
		return []string{p.dir + ": has no Example"}
	case !slices.ContainsFunc(examples, runs) && !strings.HasSuffix(p.dir, "test"):
		return []string{p.dir + ": has no Example that runs: its output is not stated"}
	}
	return nil
}

func short(p pkg) []string {
	return p.longer(300, func(f source) bool { return !f.test })
}

func thin(p pkg) []string {
	isMain := func(f source) bool { return path.Base(f.path) == "main.go" }
	switch {
	case !p.main():
		return nil
	case !slices.ContainsFunc(p.files, isMain):
		return []string{p.dir + ": has no main.go"}
	}
	return p.longer(39, isMain)
}

// longer names the files that are concerned and have more lines than most.
func (p pkg) longer(most int, concerned func(source) bool) (breaches []string) {
	for _, f := range p.files {
		if concerned(f) && f.lines > most {
			breaches = append(breaches, fmt.Sprintf("%s: %d lines, at most %d", f.path, f.lines, most))
		}
	}
	return breaches
}

// breaches names the imports that are forbidden.
func (p pkg) breaches(forbidden func(file source, to string) bool) (breaches []string) {
	for _, f := range p.files {
		for _, to := range f.imports {
			if forbidden(f, to) {
				breaches = append(breaches, f.path+": imports "+to)
			}
		}
	}
	return breaches
}

// main reports whether the package is a program.
func (p pkg) main() bool {
	return slices.ContainsFunc(p.files, func(f source) bool { return !f.test && f.ast.Name.Name == "main" })
}

// top is the first element of a path: events, core, functions.
func top(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

// within reports whether a path is that of dir or below it.
func within(name, dir string) bool { return name == dir || strings.HasPrefix(name, dir+"/") }

// parse reads all packages, leaving out what the go command leaves out too.
func parse(t *testing.T, root fs.FS) []pkg {
	t.Helper()
	packages := map[string]pkg{}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.ContainsAny(entry.Name()[:1], "._") || entry.Name() == "testdata"):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		file, err := read(root, name)
		dir := path.Dir(name)
		packages[dir] = pkg{dir, append(packages[dir].files, file)}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.Collect(maps.Values(packages))
}

// read parses one file.
func read(root fs.FS, name string) (source, error) {
	text, err := fs.ReadFile(root, name)
	if err != nil {
		return source{}, err
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments)
	if err != nil {
		return source{}, err
	}
	var imports []string
	for _, spec := range file.Imports {
		imports = append(imports, strings.TrimPrefix(strings.Trim(spec.Path.Value, "\"`"), module))
	}
	return source{name, imports, strings.HasSuffix(name, "_test.go"), strings.Count(string(text), "\n"), file}, nil
}
