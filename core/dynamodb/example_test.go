package dynamodb_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
)

func ExampleOpen() {
	environment := map[string]string{"AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "AKIAMADEUP", "AWS_SECRET_ACCESS_KEY": "made-up"}
	options := dynamodb.Options{Getenv: func(name string) string { return environment[name] }}
	store, err := dynamodb.Open("dynamodb://vodrefresh", options)
	fmt.Println(err)
	var _ core.Store = store

	_, err = dynamodb.Open("dynamodb://", options)
	fmt.Println(core.KindOf(err))
	// Output:
	// <nil>
	// invalid
}
