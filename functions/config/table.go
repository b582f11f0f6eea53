package config

import (
	"fmt"
	"log/slog"
	"reflect"
	"strings"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Setting is a variable and what it is set to; secrets show as ***.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Settings are all variables with the values that hold, in the order of the
// table.
func (c Config) Settings() []Setting {
	var all []Setting
	value := reflect.ValueOf(c)
	for field, v := range value.Fields() {
		name := field.Tag.Get("env")
		if name == "-" {
			continue
		}
		text := strings.Join(strings.Fields(show(v)), " ")
		if text == "" {
			text = "(" + unset(field) + ")"
		}
		all = append(all, Setting{name, text})
	}
	return all
}

// show is the value of a field as it would be set; empty if it is not.
func show(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case []string:
		return strings.Join(value, ",")
	case Secrets:
		return strings.TrimSuffix(strings.Repeat(secret.Value{}.String()+",", len(value)), ",")
	case secret.Value:
		if value.Empty() {
			return ""
		}
		return value.String()
	case slog.Level:
		return strings.ToLower(value.String())
	default:
		return fmt.Sprint(value)
	}
}

// Table is the configuration table of the README, in Markdown, made from the
// struct.
func Table() string {
	var b strings.Builder
	b.WriteString("| name | default | meaning |\n|---|---|---|\n")
	for field := range reflect.TypeFor[Config]().Fields() {
		name := field.Tag.Get("env")
		if name == "-" {
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, unset(field), field.Tag.Get("doc"))
	}
	return b.String()
}

// unset says what holds for a field that is not set.
func unset(field reflect.StructField) string {
	if none := field.Tag.Get("none"); none != "" {
		return none
	}
	return "`" + field.Tag.Get("envDefault") + "`"
}
