package core_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/events"
)

func ExampleSpending() {
	ctx, now := context.Background(), clock.NewFake(time.Date(2026, 3, 20, 4, 0, 0, 0, time.UTC))
	spending := core.NewSpending(core.SpendingConfig{
		Meters: map[events.Provider]core.Meter{events.Aliyun: &purse{}}, Store: memory.NewStore(now), Clock: now,
	})
	batch := core.Spend{Provider: events.Aliyun, TaskType: core.Refresh, URLs: 80}
	fmt.Println("goes out:", spending.Admit(ctx, batch).IsZero())
	// … the call, which the platform refuses …
	refused := &core.Error{Kind: core.QuotaExceeded, Code: "QuotaExceeded.Refresh"}
	fmt.Println("comes again at", spending.Observe(ctx, batch, refused).Format(time.DateTime))
	fmt.Println("goes out:", spending.Admit(ctx, batch).IsZero())
	waits, err := spending.Waits(ctx)
	fmt.Println(waits[0].Until.Format(time.DateTime), waits[0].Reason, err)
	// Output:
	// goes out: true
	// comes again at 2026-03-21 00:05:00
	// goes out: false
	// 2026-03-21 00:00:00 refused by the platform: QuotaExceeded.Refresh <nil>
}
