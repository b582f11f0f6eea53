package ledger_test

import (
	"context"
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/jetstream/internal/ledger"
)

// A ledger that is opened again has what its log has.
func Example() {
	ctx, log := context.Background(), newTape() // a log in memory
	for _, value := range []string{"one", "two"} {
		l, err := ledger.Open(ctx, ledger.Config{Log: log, Clock: clock.System{}})
		if err != nil {
			panic(err)
		}
		records, err := l.Get(ctx, []string{"key"})
		if err != nil {
			panic(err)
		}
		fmt.Printf("%q\n", records[0].Value)
		records[0].Value = []byte(value)
		if _, err := l.Put(ctx, []core.Record{records[0]}); err != nil {
			panic(err)
		}
		if err := l.Close(); err != nil {
			panic(err)
		}
	}
	// Output:
	// ""
	// "one"
}
