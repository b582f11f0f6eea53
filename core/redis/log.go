package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	goredis "github.com/redis/go-redis/v9"
)

// SetLogger has go-redis write its own lines, about connections that cannot be
// made or are lost, to a log at debug level; nil for nowhere. go-redis has one
// log for the whole process, standard error unless it is told otherwise: the
// last call holds, for every server.
func SetLogger(log *slog.Logger) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	goredis.SetLogger(lines{log})
}

// lines are those of go-redis.
type lines struct{ log *slog.Logger }

// Printf writes a line. An answer of the server may quote a command that had the
// password in it, so all that is left of one is its code.
func (l lines) Printf(ctx context.Context, format string, args ...any) {
	if !l.log.Enabled(ctx, slog.LevelDebug) {
		return
	}
	args = slices.Clone(args)
	for i, arg := range args {
		if err, ok := arg.(error); ok && errors.As(err, new(goredis.Error)) {
			args[i] = "the server refuses (" + cmp.Or(codeOf(err), "no code") + ")"
		}
	}
	l.log.DebugContext(ctx, "go-redis", "line", fmt.Sprintf(format, args...))
}
