package huawei

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object whose members are read one by one, so that one of an
// unexpected type spoils no other. Of a name that comes twice the last counts.
type object map[string]json.RawMessage

// errNoObject is for valid JSON that is something else.
var errNoObject = errors.New("not a JSON object")

// readObject reads a JSON object with its names as they are.
func readObject(data []byte) (object, error) {
	var o object
	err := json.Unmarshal(data, &o)
	if _, shape := errors.AsType[*json.UnmarshalTypeError](err); shape || (err == nil && o == nil) {
		return nil, errNoObject
	}
	return o, err
}

// folded names every member in lower case and without underscores: the user
// guide spells the same names as template_group_name and templateGroupName. Of
// two spellings of a name the one with underscores wins, and null never does.
func (o object) folded() object {
	f := make(object, len(o))
	for _, name := range slices.Sorted(maps.Keys(o)) { // an underscore sorts after the capitals
		if text := o[name]; text[0] != 'n' {
			f[strings.ToLower(strings.ReplaceAll(name, "_", ""))] = text
		}
	}
	return f
}

// object returns a member that is an object, folded; empty if it is not.
func (o object) object(name string) object {
	inner, err := readObject(o[name])
	if err != nil {
		return nil
	}
	return inner.folded()
}

// list returns the objects in a member that is a list.
func (o object) list(name string) []object {
	var members []json.RawMessage
	if json.Unmarshal(o[name], &members) != nil {
		return nil
	}
	objects := make([]object, 0, len(members))
	for _, m := range members {
		inner, err := readObject(m)
		if err == nil {
			objects = append(objects, inner.folded())
		}
	}
	return objects
}

// text returns a member that is a string, or a number or boolean as it is
// written.
func (o object) text(name string) string {
	raw := o[name]
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return ""
	}
	return string(raw)
}

// oneOf returns the first of the known words that a member is, whatever its
// case, or nothing.
func (o object) oneOf(name string, known ...string) string {
	word := o.text(name)
	for _, k := range known {
		if strings.EqualFold(k, word) {
			return k
		}
	}
	return ""
}
