// Package memory is a queue and a store that live in this process and end with
// it: for tests, and for what a deployment without a store (STORE_URL=none:)
// remembers anyway. They keep the contracts of [core.Queue] and [core.Store] in
// everything but durability, and pass both suites.
//
// It may import core and the standard library.
package memory
