package deploytest_test

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// property is what the table says of a path.
type property struct {
	kind        string // text, number, bool, list, object, or auto: the word auto or an object
	required    bool   // where its parent is
	of          []string
	like        *regexp.Regexp
	bounded     bool
	least, most float64
	step        float64
}

// properties reads the table.
func properties(table string) map[string]property {
	all := make(map[string]property)
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		p := property{kind: fields[1]}
		for _, rule := range fields[2:] {
			name, value, _ := strings.Cut(rule, "=")
			least, most, isRange := strings.Cut(rule, "..")
			switch {
			case rule == "required":
				p.required = true
			case name == "of":
				p.of = strings.Split(value, "|")
			case name == "like":
				p.like = regexp.MustCompile("^(?:" + value + ")$")
			case name == "step":
				p.step = number(value)
			case isRange:
				p.bounded, p.least, p.most = true, number(least), number(most)
			default:
				panic("no rule of the table: " + line)
			}
		}
		all[fields[0]] = p
	}
	return all
}

func number(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		panic(err) // the table is ours
	}
	return n
}

// checker collects what is wrong with the properties of a function.
type checker struct {
	known map[string]property
	wrong []string
}

func (c *checker) failf(path, format string, args ...any) {
	c.wrong = append(c.wrong, path+": "+fmt.Sprintf(format, args...))
}

// problems are what is wrong with the properties of a function, sorted.
func problems(props map[string]any) []string {
	c := checker{known: properties(documented)}
	c.object("", props)
	c.together(props)
	slices.Sort(c.wrong)
	return c.wrong
}

// object checks the members of an object, and that none is missing.
func (c *checker) object(path string, members map[string]any) {
	for name, value := range members {
		c.value(join(path, name), value)
	}
	for known, p := range c.known {
		parent, name := "", known
		if dot := strings.LastIndex(known, "."); dot >= 0 {
			parent, name = known[:dot], known[dot+1:]
		}
		if _, there := members[name]; p.required && parent == path && !there && !strings.HasSuffix(name, "]") {
			c.failf(known, "is missing")
		}
	}
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// value checks one value, and what is in it.
func (c *checker) value(path string, value any) {
	p, ok := c.known[path]
	if parent, _, cut := cutLast(path); !ok && cut {
		p, ok = c.known[parent+".*"]
	}
	if !ok {
		c.failf(path, "is no property that fc3 documents")
		return
	}
	switch v := value.(type) {
	case string:
		c.text(path, p, v)
	case float64:
		c.number(path, p, v)
	case bool:
		c.kind(path, p, "bool")
	case []any:
		c.kind(path, p, "list")
		for _, item := range v {
			c.value(path+"[]", item)
		}
	case map[string]any:
		if p.kind != "auto" {
			c.kind(path, p, "object")
		}
		c.members(path, v)
	default:
		c.failf(path, "is %v", value)
	}
}

// members checks an object, whose configuration, if it is a trigger, depends on
// its type.
func (c *checker) members(path string, v map[string]any) {
	if path != "triggers[]" {
		c.object(path, v)
		return
	}
	rest := maps.Clone(v)
	config, _ := v["triggerConfig"].(map[string]any)
	if config != nil {
		c.value(fmt.Sprintf("triggers[].triggerConfig(%v)", v["triggerType"]), config)
		rest["triggerConfig"] = map[string]any{}
	}
	c.object(path, rest)
}

func cutLast(path string) (parent, name string, ok bool) {
	dot := strings.LastIndex(path, ".")
	if dot < 0 {
		return "", path, false
	}
	return path[:dot], path[dot+1:], true
}

func (c *checker) kind(path string, p property, kind string) {
	if p.kind != kind {
		c.failf(path, "is a %s, not a %s", kind, p.kind)
	}
}

func (c *checker) text(path string, p property, v string) {
	switch {
	case p.kind == "auto" && v == "auto":
		return
	case p.kind != "text":
		c.kind(path, p, "text")
	case p.of != nil && !slices.Contains(p.of, v):
		c.failf(path, "is %q, not one of %s", v, strings.Join(p.of, ", "))
	case p.like != nil && !p.like.MatchString(v):
		c.failf(path, "is %q, not like %s", v, p.like)
	}
}

func (c *checker) number(path string, p property, v float64) {
	ratio := v / p.step
	switch {
	case p.kind != "number":
		c.kind(path, p, "number")
	case p.of != nil && !slices.Contains(p.of, strconv.FormatFloat(v, 'f', -1, 64)):
		c.failf(path, "is %v, not one of %s", v, strings.Join(p.of, ", "))
	case p.bounded && (v < p.least || v > p.most):
		c.failf(path, "is %v, not between %v and %v", v, p.least, p.most)
	case p.step > 0 && math.Abs(ratio-math.Round(ratio)) > 1e-9:
		c.failf(path, "is %v, not a multiple of %v", v, p.step)
	}
}
