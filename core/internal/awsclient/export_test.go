package awsclient

import "github.com/vodrefresh/vodrefresh/core"

// ParseEndpoint is what New reads an endpoint's variable with.
func ParseEndpoint(name, text string, allowHTTP bool) (Endpoint, []core.FieldError) {
	return parseEndpoint(name, text, allowHTTP)
}
