// Package fctest is what the tests of functions/fc share: a Redis server, a log
// that several goroutines write to, and an environment in which there are no keys,
// because those come with invocations.
//
// It may import functions/config and functions/requesttest.
package fctest
