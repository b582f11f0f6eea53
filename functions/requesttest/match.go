package requesttest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Want is what an answer must be. In Body and in the values of Header a star
// stands for any text, none included.
type Want struct {
	Status int
	// Header has the decisive fields; one that must not be there has no value.
	// Several values are one list, however many lines they take.
	Header map[string]string
	Body   string
}

// Differences says in what an answer is not what it must be; nothing if it is.
func (w Want) Differences(got Answer) []string {
	var all []string
	differs := func(what, got, want string) {
		if !matches(want, got) {
			all = append(all, fmt.Sprintf("%s: got %q, want %q", what, clip(got), want))
		}
	}
	if got.Status != w.Status {
		all = append(all, fmt.Sprintf("status: got %d, want %d", got.Status, w.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(w.Header)) {
		differs(name, list(got.Header, name), w.Header[name])
	}
	differs("body", strings.TrimSuffix(string(got.Body), "\n"), w.Body)
	return all
}

// list is a field's values as one list (RFC 9110, section 5.3).
func list(header http.Header, name string) string {
	var values []string
	for value := range strings.SplitSeq(strings.Join(header.Values(name), ","), ",") {
		values = append(values, strings.TrimSpace(value))
	}
	return strings.Join(values, ", ")
}

// matches reports whether a text fits a pattern with stars.
func matches(pattern, text string) bool {
	first, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == text
	}
	text, ok := strings.CutPrefix(text, first)
	if !ok {
		return false
	}
	parts := strings.Split(rest, "*")
	last := len(parts) - 1
	for _, part := range parts[:last] {
		_, after, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = after
	}
	return strings.HasSuffix(text, parts[last])
}

// clip shortens a text that nobody would read to its end.
func clip(text string) string {
	const most = 600
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
