// Package providertest is the conformance suite of [core.Provider], and of
// [core.Meter] where the platform tells its quota: every driver passes it,
// against a platform that its [Harness] holds in its hands.
// A driver's test calls [Run] and nothing else.
//
// Each check is a function that returns what is wrong, so that the suite is
// itself tested: against a provider in memory that passes, and against the same
// with one defect at a time.
//
// It may import core, events and the standard library; no driver and no
// platform.
package providertest
