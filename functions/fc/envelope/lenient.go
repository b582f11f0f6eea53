package envelope

import (
	"encoding/json"
	"strings"
)

// text is a JSON string, or whatever stands in the place of one: a number or a
// boolean as it is written, a list joined with commas, an object as its JSON,
// null as nothing.
type text string

// UnmarshalJSON never fails on valid JSON.
func (t *text) UnmarshalJSON(raw []byte) error {
	var list []text
	switch first(raw) {
	case '"':
		return json.Unmarshal(raw, (*string)(t))
	case 'n':
		*t = ""
		return nil
	case '[':
		if err := json.Unmarshal(raw, &list); err != nil {
			return err
		}
		parts := make([]string, len(list))
		for i, part := range list {
			parts[i] = string(part)
		}
		*t = text(strings.Join(parts, ","))
		return nil
	}
	*t = text(raw)
	return nil
}

// fields is a JSON object of texts; anything else is an empty one.
type fields map[string]text

// UnmarshalJSON never fails on valid JSON.
func (f *fields) UnmarshalJSON(raw []byte) error {
	if first(raw) != '{' {
		*f = nil
		return nil
	}
	return json.Unmarshal(raw, (*map[string]text)(f))
}
