package config

import (
	"errors"
	"io/fs"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Load is Load of the [Local] platform.
func Load(environ []string) (Config, error) { return Local.Load(environ) }

// Load reads and checks the configuration from an environment, given as
// NAME=value lines ([os.Environ]). The error is of kind Invalid and names every
// variable that is wrong, its value unless it is secret, and what is allowed.
func (p Platform) Load(environ []string) (Config, error) {
	vars := env.ToMap(environ)
	c := Config{Platform: p, misspelt: findMisspelt(vars)}
	p.setDefaults(vars)
	wrong := readSecretFiles(vars)
	err := env.ParseWithOptions(&c, env.Options{Environment: vars, FuncMap: map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[Secrets](): func(text string) (any, error) { return parseSecrets(text), nil },
	}})
	for _, list := range [][]string{c.CallbackURLs, c.SMNTopics} {
		for i, text := range list {
			list[i] = strings.TrimSpace(text)
		}
	}
	readUploads(&c, vars)
	wrong = append(wrong, parseErrors(err, vars)...)
	if strings.Contains(vars["DEBUG"], "sdk") {
		wrong = append(wrong, core.FieldError{Field: "DEBUG", Value: vars["DEBUG"], Detail: "must not name sdk: Alibaba's SDK would print signatures and tokens"})
	}
	wrong = append(wrong, empty(vars, append(secretNames(), "RULES", "RULES_FILE"))...)
	wrong = core.MergeFields(wrong, c.problems())
	c.Rules, err = c.rules(vars)
	if len(empty(vars, []string{"RULES", "RULES_FILE"})) > 0 {
		err = nil
	}
	if rules, ok := errors.AsType[*core.Error](err); ok && len(rules.Fields) > 0 {
		wrong = append(wrong, rules.Fields...)
	} else if err != nil {
		wrong = append(wrong, c.wrongSource(vars, err))
	}
	wrong = append(wrong, c.wrongDelays()...)
	if len(wrong) > 0 {
		return Config{}, &core.Error{Kind: core.Invalid, Message: "configuration", Fields: wrong}
	}
	return c, nil
}

// parseSecrets splits a comma list. Nothing is trimmed: a key is raw text.
func parseSecrets(text string) Secrets {
	var list Secrets
	for part := range strings.SplitSeq(text, ",") {
		list = append(list, secret.New(part))
	}
	return list
}

// readSecretFiles puts the content of NAME_FILE into NAME, one trailing newline
// dropped.
func readSecretFiles(vars map[string]string) (wrong []core.FieldError) {
	for _, name := range secretNames() {
		path, ok := vars[name+"_FILE"]
		if !ok {
			continue
		}
		if _, both := vars[name]; both {
			wrong = append(wrong, core.FieldError{Field: name + "_FILE", Value: path, Detail: "cannot be set together with " + name})
			continue
		}
		data, err := os.ReadFile(path) //nolint:gosec // whoever sets the environment names the file
		if err != nil {
			wrong = append(wrong, core.FieldError{Field: name + "_FILE", Value: path, Detail: "must name a readable file: " + cause(err)})
			continue
		}
		vars[name] = strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	}
	return wrong
}

// cause is what went wrong with a file, without its name.
func cause(err error) string {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err.Error()
	}
	return err.Error()
}

// secretNames are the variables that hold secrets.
func secretNames() []string {
	var names []string
	for field := range reflect.TypeFor[Config]().Fields() {
		if field.Type == reflect.TypeFor[secret.Value]() || field.Type == reflect.TypeFor[Secrets]() {
			names = append(names, field.Tag.Get("env"))
		}
	}
	return names
}

// empty names variables that are set to nothing: an empty key must never mean
// that a check is skipped. Temporary keys are the exception; without a token,
// keys are permanent ones.
func empty(vars map[string]string, names []string) (wrong []core.FieldError) {
	for _, name := range names {
		if value, set := vars[name]; set && value == "" && !strings.HasSuffix(name, "_SECURITY_TOKEN") {
			wrong = append(wrong, core.FieldError{Field: name, Value: "", Detail: "must not be empty; leave it unset instead"})
		}
	}
	return wrong
}

// parseErrors names the variables whose values have the wrong type.
func parseErrors(err error, vars map[string]string) (wrong []core.FieldError) {
	all, ok := errors.AsType[env.AggregateError](err)
	if err == nil || !ok {
		return nil
	}
	want := map[string]string{
		"AliyunRate":   "must be a number of calls a second",
		"MFSWindow":    "must be a duration such as 1h",
		"SMNConfirm":   "must be true or false",
		"HuaweiDaily":  "must be a whole number",
		"LogLevel":     "must be one of debug, info, warn, error",
		"DryRun":       "must be true or false",
		"AllowHTTP":    "must be true or false",
		"Linger":       "must be a duration such as 100ms",
		"Skew":         "must be a duration such as 2s",
		"QuotaReserve": "must be a number of percent",
		"QuotaZone":    "must be an offset such as +08:00",
		"MediaDaily":   "must be a whole number",

		"MinLife":         "must be a duration such as 10m",
		"Budget":          "must be a whole number of requests a minute",
		"CredentialsRate": "must be a number of calls a second",
	}
	for _, e := range all.Errors {
		parse, ok := errors.AsType[env.ParseError](e)
		if !ok {
			wrong = append(wrong, core.FieldError{Field: "environment", Value: "", Detail: e.Error()})
			continue
		}
		field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
		name := field.Tag.Get("env")
		wrong = append(wrong, core.FieldError{Field: name, Value: vars[name], Detail: want[parse.Name]})
	}
	return wrong
}

// wrongSource names where the rules come from, that cannot be read.
func (c Config) wrongSource(vars map[string]string, err error) core.FieldError {
	wrong := core.FieldError{Field: "RULES_FILE or RULES", Value: c.RulesFile, Detail: err.Error()}
	_, hasFile := vars["RULES_FILE"]
	_, hasText := vars["RULES"]
	switch {
	case !hasText:
		wrong.Field = "RULES_FILE"
	case !hasFile:
		wrong.Field, wrong.Value = "RULES", c.RulesText
	}
	return wrong
}

// rules reads the rules that the configuration names.
func (c Config) rules(vars map[string]string) (core.Rules, error) {
	text := []byte(c.RulesText)
	_, hasFile := vars["RULES_FILE"]
	_, hasText := vars["RULES"]
	switch {
	case hasFile && hasText:
		return core.Rules{}, errors.New("only one of the two can be set")
	case hasFile:
		var err error
		if text, err = os.ReadFile(c.RulesFile); err != nil {
			return core.Rules{}, errors.New("must name a readable file: " + cause(err))
		}
	case !hasText:
		return core.DefaultRules(), nil
	}
	return core.ParseRules(text, map[events.Provider]core.Vocabulary{
		events.Aliyun: {Types: aliyun.Types(), Kind: aliyun.Kind},
		events.Huawei: {Types: huawei.Types(), Kind: huawei.Kind},
	})
}
