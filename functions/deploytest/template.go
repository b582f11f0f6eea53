// Package deploytest reads how vodrefresh is deployed on AWS, so that tests can
// hold the template, the program and the README against each other, and
// scripts/sam-local can make in its emulators what the template makes on AWS.
//
// It may import the YAML library.
package deploytest

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Template is a template of AWS SAM. Of an intrinsic function in its short form
// only the arguments are there: of !Ref Table the text "Table", of !Sub the text
// with its placeholders, of !If the list of its three parts.
type Template struct {
	Parameters map[string]Parameter                 `yaml:"Parameters"`
	Mappings   map[string]map[string]map[string]any `yaml:"Mappings"`
	Globals    Globals                              `yaml:"Globals"`
	Resources  map[string]Resource                  `yaml:"Resources"`
	Outputs    map[string]Output                    `yaml:"Outputs"`
}

// Parameter is what whoever deploys may choose.
type Parameter struct {
	Type           string `yaml:"Type"`
	Description    string `yaml:"Description"`
	Default        any    `yaml:"Default"` // nil: it must be chosen
	AllowedPattern string `yaml:"AllowedPattern"`
	AllowedValues  []any  `yaml:"AllowedValues"`
	MinValue       any    `yaml:"MinValue"`
	MaxLength      any    `yaml:"MaxLength"`
}

// Bounded reports whether the template says which values are allowed.
func (p Parameter) Bounded() bool {
	return p.AllowedPattern != "" || len(p.AllowedValues) > 0 || p.MinValue != nil || p.MaxLength != nil
}

// Globals is what holds for every resource of a kind.
type Globals struct {
	Function map[string]any `yaml:"Function"`
}

// Resource is a part of the deployment.
type Resource struct {
	Type       string         `yaml:"Type"`
	Condition  string         `yaml:"Condition"`
	Metadata   map[string]any `yaml:"Metadata"`
	Properties map[string]any `yaml:"Properties"`
}

// Output is what the deployment tells of itself.
type Output struct {
	Description string `yaml:"Description"`
	Value       any    `yaml:"Value"`
}

// Read reads a template. The error is the file's, or says where the YAML is wrong.
func Read(path string) (Template, error) {
	text, err := os.ReadFile(path) //nolint:gosec // whoever calls names the file
	if err != nil {
		return Template{}, err
	}
	var t Template
	if err := yaml.Unmarshal(text, &t); err != nil {
		return Template{}, fmt.Errorf("%s is not a template: %w", path, err)
	}
	return t, nil
}

// Functions are the logical names of the functions, in order.
func (t Template) Functions() []string { return t.Named("AWS::Serverless::Function") }

// Named are the logical names of the resources of a type, in order.
func (t Template) Named(resource string) []string {
	var names []string
	for name, r := range t.Resources {
		if r.Type == resource {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Variables is the environment of a function, with that of all functions. A value
// is what the template has there, which is seldom what the function gets.
func (t Template) Variables(function string) map[string]any {
	all := map[string]any{}
	for _, properties := range []map[string]any{t.Globals.Function, t.Resources[function].Properties} {
		environment, _ := properties["Environment"].(map[string]any)
		variables, _ := environment["Variables"].(map[string]any)
		maps.Copy(all, variables)
	}
	return all
}

// QueueAttributes is what CreateQueue would be told of a queue of the template:
// texts, as SQS wants them, with the defaults of parameters.
func (t Template) QueueAttributes(name string) (map[string]string, error) {
	all := map[string]string{}
	for attribute, value := range t.Resources[name].Properties {
		if list, ok := value.([]any); ok { // !FindInMap
			value = t.find(list)
		}
		switch value := value.(type) {
		case map[string]any:
			text, err := json.Marshal(value)
			if err != nil {
				return nil, err
			}
			all[attribute] = string(text)
		case nil:
			return nil, fmt.Errorf("%s of %s is not known", attribute, name)
		default:
			all[attribute] = fmt.Sprint(value)
		}
	}
	return all, nil
}

// find is !FindInMap of a mapping, a key of it that is a parameter, and a key below.
func (t Template) find(path []any) any {
	if len(path) != 3 {
		return nil
	}
	var names [3]string
	for i, part := range path {
		names[i] = fmt.Sprint(part)
	}
	return t.Mappings[names[0]][fmt.Sprint(t.Parameters[names[1]].Default)][names[2]]
}

// Actions are what the role of a function allows, in order.
func (t Template) Actions(function string) []string {
	role, _ := t.Resources[function].Properties["Role"].(string)
	var all []string
	for _, policy := range list(t.Resources[strings.TrimSuffix(role, ".Arn")].Properties["Policies"]) {
		policy, _ := policy.(map[string]any)
		document, _ := policy["PolicyDocument"].(map[string]any)
		for _, statement := range list(document["Statement"]) {
			statement, _ := statement.(map[string]any)
			for _, action := range list(statement["Action"]) {
				all = append(all, fmt.Sprint(action))
			}
		}
	}
	slices.Sort(all)
	return all
}

// list is a list, or the one thing that may stand for it.
func list(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	default:
		return []any{v}
	}
}
