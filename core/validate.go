package core

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
)

// Validate checks every option against what the API allows. The error is of
// kind Invalid and names each wrong field at once.
func (o Options) Validate() error {
	fields := fieldErrors(o)
	if len(fields) == 0 {
		return nil
	}
	return &Error{Kind: Invalid, Message: "invalid options", Fields: fields}
}

// fieldErrors runs the validator tags of a struct.
func fieldErrors(s any) []FieldError {
	var wrong validator.ValidationErrors
	if !errors.As(tagRules().Struct(s), &wrong) {
		return nil
	}
	fields := make([]FieldError, len(wrong))
	for i, w := range wrong {
		name, _, _ := strings.Cut(w.Field(), "[")
		fields[i] = FieldError{Field: name, Value: w.Value(), Detail: allowed(w)}
		switch value := reflect.ValueOf(w.Value()); w.Kind() {
		case reflect.Slice:
			fields[i].Value = value.Len()
		case reflect.String:
			fields[i].Value = Shorten(value.String())
		default:
		}
	}
	return fields
}

// tagRules is the validator with the tags that this package adds, built on first
// use because building it costs a cold start more than most callbacks need.
var tagRules = sync.OnceValue(func() *validator.Validate { //nolint:gochecknoglobals // made once, never changed
	v := validator.New(validator.WithRequiredStructEnabled())
	v.RegisterTagNameFunc(func(f reflect.StructField) string {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		return name
	})
	for tag, check := range map[string]validator.Func{
		"each":     eachAllowed,
		"userdata": userData,
		"mediaid":  func(fl validator.FieldLevel) bool { return validMediaID(fl.Field().String()) },
		"playurl":  func(fl validator.FieldLevel) bool { return validURL(fl.Field().String()) },
	} {
		if err := v.RegisterValidation(tag, check); err != nil {
			panic(err) // only for an empty tag or a nil function
		}
	}
	return v
})

// eachAllowed checks that each value of a List is one of the parameter's words.
func eachAllowed(fl validator.FieldLevel) bool {
	words := strings.Fields(fl.Param())
	for _, v := range List(fl.Field().String()).Values() {
		if !slices.Contains(words, v) {
			return false
		}
	}
	return true
}

// userData checks for a JSON object of limited size.
func userData(fl validator.FieldLevel) bool {
	text := fl.Field().String()
	return len(text) <= MaxUserData && strings.HasPrefix(strings.TrimSpace(text), "{") && json.Valid([]byte(text))
}

// allowed says in words what the tag that failed would have let through.
func allowed(w validator.FieldError) string {
	list := strings.Join(strings.Fields(w.Param()), ", ")
	switch w.Tag() {
	case "required":
		return "is required"
	case "oneof":
		return "must be one of " + list
	case "each":
		return "each value must be one of " + list
	case "userdata":
		return "must be a JSON object of at most " + strconv.Itoa(MaxUserData) + " bytes"
	case "mediaid":
		return "must be 1 to " + strconv.Itoa(MaxMediaID) + " printable characters without blanks and commas"
	case "playurl":
		return "must be an absolute http or https URL of at most " + strconv.Itoa(MaxURL) + " characters"
	case "min", "max":
		if w.Kind() == reflect.Slice {
			return "must have at most " + w.Param() + " values"
		}
		return "must be between 1 and 20"
	}
	return "must satisfy " + w.Tag()
}
