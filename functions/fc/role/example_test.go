package role_test

import (
	"context"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/fc/role"
)

func ExampleHolder() {
	machine := clock.System{}
	holder := role.NewHolder(aliyun.Credentials{}, machine)
	holder.Put(aliyun.Credentials{
		AccessKeyID: "STS.NUgYrLnoC37mZZCNnAbez", AccessKeySecret: secret.New("made-up"), SecurityToken: secret.New("made-up"),
	}, machine.Now().Add(time.Minute))
	keys, err := holder.Credentials(context.Background())
	fmt.Println(keys, err)
	// Output: {STS.NUgYrLnoC37mZZCNnAbez *** ***} <nil>
}
