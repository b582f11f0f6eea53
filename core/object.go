package core

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// object is a JSON object on its way into Go values, field by field, so that
// every wrong field is named at once instead of the first one only.
type object map[string]field

// field is where a member of an object goes, and what it may be in words.
type field struct {
	into any
	want string
}

// decode fills the targets from data. Names must match to the letter. A null
// leaves a target alone. What is not an object is reported as the field self,
// which must be want.
func (o object) decode(data []byte, self, want string) []FieldError {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil || members == nil {
		return []FieldError{{Field: self, Value: excerpt(data), Detail: "must be " + want}}
	}
	var wrong []FieldError
	for _, name := range slices.Sorted(maps.Keys(members)) {
		raw := members[name]
		target, known := o[name]
		switch {
		case !known:
			names := strings.Join(slices.Sorted(maps.Keys(o)), ", ")
			wrong = append(wrong, FieldError{Field: Shorten(name), Value: excerpt(raw), Detail: "is unknown; known are " + names})
		case bytes.Equal(raw, []byte("null")):
		case json.Unmarshal(raw, target.into) != nil:
			wrong = append(wrong, FieldError{Field: name, Value: excerpt(raw), Detail: "must be " + target.want})
		}
	}
	return wrong
}

// excerpt is the beginning of a JSON text, for an error.
func excerpt(data []byte) string {
	text := string(data)
	if strings.HasPrefix(text, `"`) {
		_ = json.Unmarshal(data, &text) // what is no string either is shown as it is
	}
	return Shorten(text)
}

// optionFields are the members that set options, under the API's own names.
func optionFields(o *Options) object {
	const list = "a comma-separated string or an array of strings"
	return object{
		"Formats":     {&o.Formats, list},
		"Definitions": {&o.Definitions, list},
		"StreamType":  {&o.StreamType, list},
		"ResultType":  {&o.ResultType, "a string"},
		"SliceFlag":   {&o.SliceFlag, "true or false"},
		"SliceCount":  {&sliceCount{&o.SliceCount}, "a whole number between 1 and 20"},
		"UserData":    {&jsonText{&o.UserData}, "a JSON object, or a string that holds one"},
	}
}

// sliceCount refuses an explicit 0, which the zero value of an option would
// swallow as "not given".
type sliceCount struct{ n *int }

func (s *sliceCount) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, s.n); err != nil {
		return err
	}
	if *s.n == 0 {
		return Errorf(Invalid, "SliceCount is 0")
	}
	return nil
}

// jsonText takes a string as it is and anything else as its compact JSON.
type jsonText struct{ text *string }

func (j *jsonText) UnmarshalJSON(data []byte) error {
	if json.Unmarshal(data, j.text) == nil {
		return nil
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, data); err != nil {
		return err
	}
	*j.text = compact.String()
	return nil
}
