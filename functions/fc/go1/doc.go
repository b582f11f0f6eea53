// Package go1 lives in Function Compute's built-in runtime for Go: a binary that
// asks the Runtime API for one event after the other, through fc-runtime-go-sdk
// v0.3.1. The SDK is a thin loop with traps, and the package fences them in:
//
//   - An event without a deadline or time-out in its header is never answered:
//     [Fence] fills in what is missing.
//   - When the Runtime API is gone, or its events break off, the loop asks again
//     at once, for ever, and writes a line each time: Fence slows it down and then
//     ends the process.
//   - A panic's text, which may hold anything, goes to the log and to the caller:
//     nothing panics as far as the SDK.
//   - A handler with a parameter of its own type fails on an empty event with a
//     text about JSON: the handler takes bytes.
//   - The proxies of the environment would be asked for the Runtime API, too.
//
// It may import the SDK, functions/problem, and the sub-packages of functions/fc
// but custom.
package go1
