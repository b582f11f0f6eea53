package deploytest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// document is what s.yaml says once its variables are filled in.
type document struct {
	Edition   string              `json:"edition"`
	Resources map[string]resource `json:"resources"`
}

type resource struct {
	Component string         `json:"component"`
	Props     map[string]any `json:"props"`
}

// variables reads one of the sets of variables beside the program's lock file.
func variables(t *testing.T, name string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../../testdata/serverless-devs/" + name + ".env")
	if err != nil {
		t.Fatal(err)
	}
	set := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		set[key] = value
	}
	return set
}

// render fills in the variables of s.yaml as the program does.
func render(text []byte, set map[string]string) (document, error) {
	var top map[string]any
	if err := yaml.Unmarshal(text, &top); err != nil {
		return document{}, err
	}
	r := renderer{set: set, vars: map[string]any{}}
	// A variable of the file may name one that stands before it.
	vars, _ := top["vars"].(map[string]any)
	for _, name := range []string{"region", "mns"} {
		r.vars[name] = r.fill(vars[name])
	}
	encoded, err := json.Marshal(r.fill(top))
	if err = errors.Join(err, r.wrong); err != nil {
		return document{}, err
	}
	var d document
	err = json.Unmarshal(encoded, &d)
	return d, err
}

// renderer fills in what stands between ${ and }.
type renderer struct {
	set   map[string]string
	vars  map[string]any
	wrong error
}

// fill returns a value with its variables filled in, however deep they are.
func (r *renderer) fill(value any) any {
	switch v := value.(type) {
	case map[string]any:
		filled := make(map[string]any, len(v))
		for key, member := range v {
			filled[key] = r.fill(member)
		}
		return filled
	case []any:
		filled := make([]any, 0, len(v))
		for _, item := range v {
			filled = append(filled, r.fill(item))
		}
		return filled
	case string:
		return r.fillText(v)
	}
	return value
}

var expression = regexp.MustCompile(`\$\{(?:vars\.(\w+)|(json\()?env\('(\w+)'(?:, '([^']*)')?\)\)?)\}`)

// fillText fills in the variables of a text. One that is a variable and nothing
// else may become something else than a text.
func (r *renderer) fillText(text string) any {
	var whole any
	filled := expression.ReplaceAllStringFunc(text, func(found string) string {
		m := expression.FindStringSubmatch(found)
		value, err := r.value(m[1], m[2] != "", m[3], m[4], strings.Contains(found, "', '"))
		if err != nil {
			r.wrong = errors.Join(r.wrong, err)
		}
		if found == text {
			whole = value
		}
		return fmt.Sprint(value)
	})
	if whole != nil {
		return whole
	}
	return filled
}

func (r *renderer) value(variable string, decode bool, name, otherwise string, optional bool) (any, error) {
	if variable != "" {
		return r.vars[variable], nil
	}
	value, ok := r.set[name]
	switch {
	case !ok && !optional:
		return "", fmt.Errorf("env('%s') not found", name)
	case !ok:
		value = otherwise
	}
	if !decode {
		return value, nil
	}
	var decoded any
	err := json.Unmarshal([]byte(value), &decoded)
	return decoded, err
}

// rendered is the file with a set of variables: as the program has rendered it,
// where VODREFRESH_RENDERED names a folder with that, and as this file does.
func rendered(t *testing.T, name string) document {
	t.Helper()
	text, err := os.ReadFile("../../s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	own, err := render(text, variables(t, name))
	if err != nil {
		t.Fatal(err)
	}
	folder := os.Getenv("VODREFRESH_RENDERED")
	if folder == "" {
		return own
	}
	text, err = os.ReadFile(filepath.Join(folder, name+".json")) //nolint:gosec // whoever runs the test names the folder
	if err != nil {
		t.Fatal(err)
	}
	var theirs document
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatal(err)
	}
	wantSame(t, own, theirs)
	return theirs
}

// wantSame compares what was rendered here with what the program rendered.
func wantSame(t *testing.T, own, theirs document) {
	t.Helper()
	here, err := json.Marshal(own)
	there, err2 := json.Marshal(theirs)
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(here, there) {
		t.Errorf("rendered here:\n%s\nby Serverless Devs:\n%s", here, there)
	}
}

// Without a variable that has no default nothing is rendered, and the error says
// which one it is.
func TestServerlessDevsVariableThatIsMissing(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../s.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name := range variables(t, "least") {
		set := variables(t, "least")
		delete(set, name)
		if _, err := render(text, set); err == nil || !strings.Contains(err.Error(), "'"+name+"'") {
			t.Errorf("without %s: %v", name, err)
		}
	}
	if _, err := render(text, map[string]string{}); err == nil || len(strings.Split(err.Error(), "\n")) < len(variables(t, "least")) {
		t.Errorf("without any: %v", err)
	}
}
