// Command hello is the least that a function of the runtime go1 can be: what the
// start of ours is compared to.
package main

import "github.com/aliyun/fc-runtime-go-sdk/fc"

func main() {
	fc.Start(func() (string, error) { return "hello", nil })
}
