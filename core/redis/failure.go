package redis

import (
	"context"
	"errors"
	"regexp"
	"sync"

	goredis "github.com/redis/go-redis/v9"

	"github.com/vodrefresh/vodrefresh/core"
)

// meaning is what an error code of the server says to us.
type meaning struct {
	kind core.Kind
	text string
}

// meaningOf translates the codes that have a meaning of their own; what is
// passed on of others is the server's text.
//
// Source: server.c and script.c of Redis 6.2 and 7.0 (shared error replies).
func meaningOf(code string) meaning {
	switch code {
	case "OOM":
		return meaning{core.Unavailable, "the server is full: its maxmemory is reached"}
	case "MISCONF":
		return meaning{core.Unavailable, "the server takes no writes: it cannot save them on its disk"}
	case "LOADING":
		return meaning{core.Unavailable, "the server is still loading its data"}
	case "BUSY":
		return meaning{core.Unavailable, "the server is busy with a script that does not end"}
	case "READONLY", "MASTERDOWN", "NOREPLICAS":
		return meaning{core.Unavailable, "the server takes no writes: it is a replica, or misses one"}
	case "CLUSTERDOWN", "TRYAGAIN", "MOVED", "ASK":
		return meaning{core.Unavailable, "the cluster is down, or moving its slots"}
	case "NOAUTH", "WRONGPASS":
		return meaning{core.Unauthenticated, "the server does not accept the user and password"}
	case "NOPERM":
		return meaning{core.Forbidden, "the user may not run a command that is needed"}
	default:
		return meaning{kind: core.Internal}
	}
}

// codeForm finds the code of an error. Servers before 7.0 wrap what fails in a
// script: "ERR Error running script (…): @user_script:8: -OOM command not …". It is
// compiled when there is one, for a function to start quickly.
var codeForm = sync.OnceValue(func() *regexp.Regexp { //nolint:gochecknoglobals // made once, never changed
	return regexp.MustCompile(`^(?:ERR Error running script .*?(?:@user_script: ?\d+: )+-?)?([A-Z]+)\b`)
})

// codeOf is the code of a server's error; empty if err is none.
func codeOf(err error) string {
	if answer, ok := errors.AsType[goredis.Error](err); ok {
		if code := codeForm().FindStringSubmatch(answer.Error()); code != nil {
			return code[1]
		}
	}
	return ""
}

// failure is err as a [core.Error], nil for nil. The text is ours, or the
// server's without the password.
func (s *Server) failure(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	e := &core.Error{Kind: core.Unavailable, Op: op}
	answer, answered := errors.AsType[goredis.Error](err)
	switch ended := ctx.Err(); {
	case answered:
		e.Code = codeOf(err)
		m := meaningOf(e.Code)
		e.Kind, e.Message = m.kind, m.text
		if m.text == "" {
			e.Message = "the server refuses: " + shorten(s.address.Redact(answer.Error()))
		}
	case errors.Is(ended, context.DeadlineExceeded) || errors.Is(err, context.DeadlineExceeded):
		e.Message, e.Err = "no answer in time", context.DeadlineExceeded
	case ended != nil:
		e.Message, e.Err = "the caller gave up", ended
	case errors.Is(err, goredis.ErrClosed):
		e.Message = "it is closed"
	default:
		e.Message, e.Err = "the server cannot be reached", err
	}
	return e
}

// nonsense is the error of an answer that is none of ours.
func nonsense(op string) error {
	return &core.Error{Kind: core.Internal, Op: op, Message: "the server answers something else"}
}

// shorten is the beginning of a server's text, which may quote a whole command.
func shorten(text string) string {
	const most = 200
	if len(text) > most {
		return text[:most] + "…"
	}
	return text
}
