// Package queuetest is the conformance suite of [core.Queue]: every driver
// passes it, against the real engine that its [Harness] opens, kills and opens
// again. A driver's test calls [Run] and nothing else.
//
// It waits in real time, because an engine's clock cannot be held. Each check is
// a function that returns what is wrong, so that the suite is itself tested:
// against a queue in memory that passes, and against the same with one defect
// at a time.
//
// It may import core, events and the standard library; no driver.
package queuetest
