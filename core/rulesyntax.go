package core

import (
	"encoding/json"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// MaxRules is the most bytes that a rule file may have.
const MaxRules = 64 << 10

// maxOpenings is the most brackets and dashes that may begin lists and mappings
// in a rule file: the parser's time grows with the square of their depth.
const maxOpenings = 1000

// rulesJSON turns a rule file into JSON. Aliases are refused, because nine
// lines of them expand to a billion values; so is a second document, which
// would be read by nobody.
func rulesJSON(text []byte) (data []byte, err error) {
	defer func() {
		// The YAML library has panicked on malformed input before.
		if p := recover(); p != nil {
			data, err = nil, Errorf(Invalid, "rules: not readable as YAML: %v", p)
		}
	}()
	if len(text) > MaxRules {
		return nil, Errorf(Invalid, "rules: a file may have at most %d bytes, not %d", MaxRules, len(text))
	}
	tokens := lexer.Tokenize(string(text))
	if err := bounded(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil, Errorf(Invalid, "rules: not readable as YAML: %s", yaml.FormatError(err, false, false))
	}
	if len(file.Docs) > 1 {
		return nil, Errorf(Invalid, "rules: a file may have one document, not %d", len(file.Docs))
	}
	var value any
	if len(file.Docs) == 1 && file.Docs[0].Body != nil {
		if err := yaml.NodeToValue(file.Docs[0].Body, &value); err != nil {
			return nil, Errorf(Invalid, "rules: not readable as YAML: %s", yaml.FormatError(err, false, false))
		}
	}
	if data, err = json.Marshal(value); err != nil {
		return nil, Errorf(Invalid, "rules: holds a value that JSON cannot: %s", err)
	}
	return data, nil
}

// bounded refuses what would take long to parse or expand.
func bounded(tokens token.Tokens) error {
	openings := 0
	for _, t := range tokens {
		switch t.Type {
		case token.AliasType:
			return Errorf(Invalid, "rules: line %d has an alias; write the value out", t.Position.Line)
		case token.SequenceStartType, token.MappingStartType, token.SequenceEntryType:
			openings++
		default:
		}
	}
	if openings > maxOpenings {
		return Errorf(Invalid, "rules: a file may have at most %d brackets and dashes, not %d", maxOpenings, openings)
	}
	return nil
}
