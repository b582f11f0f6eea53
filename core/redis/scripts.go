package redis

import (
	"context"
	_ "embed" // the scripts

	goredis "github.com/redis/go-redis/v9"
)

// What must be atomic is a script. In each, every key is spelt KEYS[n] where a
// command takes it: the cluster edition of Tair refuses a script that keeps one
// in a variable.
//
// Source: Lua scripting in Tair, limits of cluster instances.
var (
	//go:embed lua/enqueue.lua
	enqueueLua string
	//go:embed lua/receive.lua
	receiveLua string
	//go:embed lua/extend.lua
	extendLua string
	//go:embed lua/settle.lua
	settleLua string
	//go:embed lua/redrive.lua
	redriveLua string
	//go:embed lua/depth.lua
	depthLua string
	//go:embed lua/put.lua
	putLua string
	//go:embed lua/forget.lua
	forgetLua string
)

// call is one run of a script.
type call struct {
	keys []string
	args []any
}

// runAll runs a script once for each call, all on one way there and back. A
// server that does not know the script, because it was restarted, gets its text.
func runAll(ctx context.Context, client goredis.UniversalClient, script *goredis.Script, calls []call) ([]*goredis.Cmd, error) {
	runs := make([]*goredis.Cmd, len(calls))
	first, again := client.Pipeline(), client.Pipeline()
	for i, c := range calls {
		runs[i] = script.EvalSha(ctx, first, c.keys, c.args...)
	}
	_, _ = first.Exec(ctx) // each run has its own error
	for i, c := range calls {
		if codeOf(runs[i].Err()) == "NOSCRIPT" {
			runs[i] = script.Eval(ctx, again, c.keys, c.args...)
		}
	}
	_, _ = again.Exec(ctx) // of nothing, mostly
	for _, run := range runs {
		if err := run.Err(); err != nil {
			return nil, err
		}
	}
	return runs, nil
}
