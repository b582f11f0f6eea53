package emulatortest

import (
	"fmt"
	"strings"
)

// The credentials of [Environ], which no service knows.
const (
	KeyID   = "AKIAMADEUP"
	Key     = "s3cret-made-up"
	Session = "t0ken-made-up"
)

// Environ is an environment with a region and made-up credentials, and with what
// else is given as NAME=value. It has nothing of the process's own.
func Environ(more ...string) func(name string) string {
	set := map[string]string{
		"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": KeyID, "AWS_SECRET_ACCESS_KEY": Key, "AWS_SESSION_TOKEN": Session,
	}
	for _, one := range more {
		name, value, _ := strings.Cut(one, "=")
		set[name] = value
	}
	return func(name string) string { return set[name] }
}

// Leaks are the made-up credentials that can be read in values, however they are
// printed.
func Leaks(values ...any) []string {
	var all []string
	for _, value := range values {
		shown := fmt.Sprintf("%v %+v %#v", value, value, fmt.Sprint(value))
		for _, secret := range []string{KeyID, Key, Session} {
			if strings.Contains(shown, secret) {
				all = append(all, secret+" in "+shown)
			}
		}
	}
	return all
}
