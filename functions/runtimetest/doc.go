// Package runtimetest is the Runtime API of AWS Lambda, and that of Function
// Compute, in which built-in runtimes ask for one event after the other: it runs
// a built program as the platform does, hands events to it, and sees what comes
// back, what the program writes, how soon it is ready and how much memory it has.
//
// It may import core/clock and the standard library.
package runtimetest
