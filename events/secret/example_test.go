package secret_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

func Example() {
	key := secret.New("hunter2")
	fmt.Printf("%v %+v %q %d bytes\n", key, key, key, len(key.Reveal()))
	// Output:
	// *** *** *** 7 bytes
}

func ExampleValue_UnmarshalText() {
	var config struct{ Key secret.Value }
	fmt.Println(config.Key.Empty())
	if err := config.Key.UnmarshalText([]byte("ends in a blank ")); err != nil {
		fmt.Println(err)
	}
	fmt.Println(config.Key.Empty(), config.Key)
	// Output:
	// true
	// false ***
}
