package custom

import (
	"net"
	"strings"
)

// Place is where a program finds itself.
type Place struct {
	Inside bool   // of Function Compute
	Addr   string // where to listen
}

// Where reads it from an environment, given as NAME=value lines. The platform
// connects from outside of the container, so a server for the loopback address
// alone would not be found. Its port is FC_SERVER_PORT, of FC_CUSTOM_LISTEN_PORT
// where an older platform says that, or 9000.
func Where(environ []string) Place {
	vars := make(map[string]string)
	for _, line := range environ {
		name, value, _ := strings.Cut(line, "=")
		if strings.HasPrefix(name, "FC_") {
			vars[name] = value
		}
	}
	port := "9000"
	for _, name := range []string{"FC_CUSTOM_LISTEN_PORT", "FC_SERVER_PORT"} {
		if vars[name] != "" {
			port = vars[name]
		}
	}
	return Place{
		Inside: vars["FC_FUNCTION_NAME"] != "" || vars["FC_INSTANCE_ID"] != "",
		Addr:   net.JoinHostPort("0.0.0.0", port),
	}
}
