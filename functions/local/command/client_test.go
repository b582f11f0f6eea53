package command_test

import (
	"strings"
	"testing"
)

// TestWhoIsAsked: a command says whom it asks where nobody named a server, and
// with which token where none is set.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	nobody := "LISTEN_ADDR=127.0.0.1:1"
	account := []string{nobody, "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret"}
	for name, test := range map[string]struct {
		environ []string
		args    []string
		says    []string
		not     string
	}{
		"nothing set": {
			[]string{nobody},
			[]string{"jobs"},
			[]string{"no API_TOKENS: asking http://127.0.0.1:1", "is `vodrefresh serve` running on LISTEN_ADDR?"},
			"",
		},
		"a server named":   {[]string{nobody}, []string{"jobs", "--server", "http://127.0.0.1:2"}, []string{"no API_TOKENS: asking http://127.0.0.1:2"}, "LISTEN_ADDR"},
		"no token":         {account, []string{"dead", "list"}, []string{"http://127.0.0.1:1 needs API_TOKENS"}, "asking"},
		"a token":          {append(account, "API_TOKENS=0123456789abcdef"), []string{"jobs"}, []string{"--server names another"}, "asking"},
		"a token, and who": {append(account, "API_TOKENS=0123456789abcdef"), []string{"jobs", "--server", "http://127.0.0.1:2"}, []string{"127.0.0.1:2"}, "LISTEN_ADDR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := run(t, test.environ, "", test.args...)
			for _, says := range test.says {
				if !strings.Contains(got.errors, says) {
					t.Errorf("it does not say %q: %s", says, got.errors)
				}
			}
			if got.code != 1 || test.not != "" && strings.Contains(got.errors, test.not) {
				t.Errorf("exit %d, and it says %s", got.code, got.errors)
			}
		})
	}
}
