package deploytest_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/functions/deploytest"
)

func ExampleRead() {
	template, err := deploytest.Read("../../template.yaml")
	if err != nil {
		panic(err)
	}
	queue, err := template.QueueAttributes("Queue")
	if err != nil {
		panic(err)
	}
	fmt.Println(template.Functions())
	fmt.Println(template.Parameters["Architecture"].AllowedValues)
	fmt.Println(template.Variables("RefreshFunction")["STORE_URL"], queue["VisibilityTimeout"])
	// Output:
	// [CallbackFunction CredentialsFunction RefreshFunction]
	// [arm64 x86_64]
	// dynamodb://${Table} 660
}
