package redis_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis"
)

// settings is what a fake server answers to Connect.
func settings(command []string) (string, bool) {
	switch strings.ToLower(command[0]) {
	case "ping":
		return "+PONG\r\n", true
	case "hello":
		return "-ERR unknown command 'HELLO'\r\n", true
	case "auth":
		return "+OK\r\n", true
	case "config":
		return "*0\r\n", true
	}
	return "", false
}

// TestAnswers is the table of what the server's errors mean, in the words of
// 7.0 and of 6.2, which wraps those of a script.
func TestAnswers(t *testing.T) {
	t.Parallel()
	const wrapped = "ERR Error running script (call to f_0f3b): @user_script:8: "
	for answer, want := range map[string]struct {
		kind core.Kind
		text string
	}{
		"OOM command not allowed when used memory > 'maxmemory'. script: 0f3b":  {core.Unavailable, "the server is full: its maxmemory is reached (OOM)"},
		wrapped + "@user_script: 8: -OOM command not allowed when used memory":  {core.Unavailable, "full: its maxmemory is reached (OOM)"},
		wrapped + "WRONGTYPE Operation against a key":                           {core.Internal, "(WRONGTYPE)"},
		"MISCONF Errors writing to the AOF file: No space left on device":       {core.Unavailable, "cannot save them on its disk (MISCONF)"},
		"LOADING Redis is loading the dataset in memory":                        {core.Unavailable, "still loading its data (LOADING)"},
		"BUSY Redis is busy running a script":                                   {core.Unavailable, "busy with a script"},
		"READONLY You can't write against a read only replica.":                 {core.Unavailable, "a replica"},
		"NOREPLICAS Not enough good replicas to write.":                         {core.Unavailable, "misses one"},
		"CLUSTERDOWN Hash slot not served":                                      {core.Unavailable, "the cluster is down"},
		"NOAUTH Authentication required.":                                       {core.Unauthenticated, "user and password"},
		"NOPERM this user has no permissions to run the 'evalsha' command":      {core.Forbidden, "may not run a command that is needed (NOPERM)"},
		"ERR unknown command 'EVALSHA', with args beginning with: '" + password: {core.Internal, "the server refuses: ERR unknown command 'EVALSHA', with args beginning with: '*** (ERR)"},
		"ERR " + strings.Repeat("x", 300):                                       {core.Internal, "xxx… (ERR)"},
		"lower case":                                                            {core.Internal, "the server refuses: lower case"},
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			server := connect(t, fake(t, func(command []string) string {
				if said, ok := settings(command); ok {
					return said
				}
				return "-" + answer + "\r\n"
			}), nil)
			q, s := server.Queue(redis.QueueConfig{}), server.Store()
			defer q.Close()
			defer s.Close()
			start := time.Now()
			for op, err := range calls(t, q, s) {
				if core.KindOf(err) != want.kind || !strings.Contains(err.Error(), want.text) || !strings.HasPrefix(err.Error(), "redis ") {
					t.Errorf("%s: %v of kind %s; want one of kind %s with %q", op, err, core.KindOf(err), want.kind, want.text)
				}
				discreet(t, err)
			}
			if took := time.Since(start); took > 4*time.Second {
				t.Errorf("all calls took %v: they were repeated", took)
			}
		})
	}
}

// calls makes each call that can fail, and returns its error.
func calls(t *testing.T, q core.Queue, s core.Store) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), map[string]error{}
	errs["enqueue"] = q.Enqueue(ctx, []core.Message{message("a")})
	_, errs["receive"] = q.Receive(ctx, 1, 0)
	_, errs["receive and wait"] = q.Receive(ctx, 1, time.Minute)
	_, errs["dead"] = q.Dead(ctx, 1)
	_, errs["redrive"] = q.Redrive(ctx, []string{"1-1"})
	_, errs["redrive all"] = q.Redrive(ctx, nil)
	_, errs["depth"] = q.Depth(ctx)
	_, errs["get"] = s.Get(ctx, []string{"a"})
	_, errs["put"] = s.Put(ctx, []core.Record{{Key: "a", Value: []byte("1")}})
	_, errs["due"] = s.Due(ctx, "a/", time.Unix(1, 0), 1)
	_, errs["due on all shelves"] = s.Due(ctx, "", time.Unix(1, 0), 1)
	return errs
}

func TestCallsAfterClose(t *testing.T) {
	t.Parallel()
	server := start(t).connect(t)
	q, s := server.Queue(redis.QueueConfig{}), server.Store()
	for range 2 { // the second does nothing
		if err := q.Close(); err != nil {
			t.Errorf("close of the queue: %v", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("close of the store: %v", err)
		}
	}
	for op, err := range calls(t, q, s) {
		if core.KindOf(err) != core.Unavailable || !strings.HasSuffix(fmt.Sprint(err), ": it is closed") {
			t.Errorf("%s: %v of kind %s, want that it is closed", op, err, core.KindOf(err))
		}
	}
}

// TestNonsense: a server that answers something else is no reason to panic.
func TestNonsense(t *testing.T) {
	t.Parallel()
	for _, nonsense := range []string{"+OK\r\n", ":1\r\n", "*0\r\n", "$-1\r\n", "*1\r\n*1\r\n:7\r\n", "*5\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n"} {
		t.Run(nonsense, func(t *testing.T) {
			t.Parallel()
			server := connect(t, fake(t, func(command []string) string {
				if said, ok := settings(command); ok {
					return said
				}
				return nonsense
			}), nil)
			q, s := server.Queue(redis.QueueConfig{}), server.Store()
			defer q.Close()
			defer s.Close()
			ctx := t.Context()
			if got, err := q.Receive(ctx, 1, 0); len(got) > 0 {
				t.Errorf("receive: %v, %v", got, err)
			}
			if got, err := q.Depth(ctx); err == nil || got != (core.Depth{}) {
				t.Errorf("depth: %+v, %v; want an error", got, err)
			}
			if got, err := s.Put(ctx, []core.Record{{Key: "a", Value: []byte("1")}}); err == nil && nonsense != "+OK\r\n" {
				t.Errorf("put: %q", got)
			}
		})
	}
}
