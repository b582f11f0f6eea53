package redis

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// answer is an error of the server's.
type answer string

func (a answer) Error() string { return string(a) }
func (a answer) RedisError()   {}

// TestLinesAreDiscreet: of an answer, which may quote the password, the code is left.
func TestLinesAreDiscreet(t *testing.T) {
	t.Parallel()
	const password = "s3cret-made-up"
	quoted := answer("ERR unknown command, with args beginning with: " + password)
	for want, args := range map[string][]any{
		"info: the server refuses (ERR), 1":       {quoted, 1},
		"info: the server refuses (ERR), 2":       {fmt.Errorf("initialised: %w", quoted), 2},
		"info: the server refuses (WRONGPASS), 3": {answer("WRONGPASS " + password), 3},
		"info: the server refuses (no code), 4":   {answer(password), 4},
		"info: dial tcp, 5":                       {fmt.Errorf("dial tcp"), 5},
	} {
		var text bytes.Buffer
		lines{slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug}))}.Printf(t.Context(), "info: %s, %d", args...)
		if shown := text.String(); !strings.Contains(shown, want) || strings.Contains(shown, password) {
			t.Errorf("got %s, want %s", shown, want)
		}
	}
}
