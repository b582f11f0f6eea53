// Package pace holds the calls of an instance to its share of an account's limit:
// [Pace] for one in calls a second, which seeks what other programs leave of it,
// [Minute] for one in calls a minute. [Peers] counts the instances that share it,
// through the store, and [Departures] keep what leaves below a rate in any second.
//
// It may import core, of whose port [core.Pacer] it has the implementations, and
// core/clock.
package pace
