// Package envelope reads the events that Function Compute hands to a function:
// the request of an HTTP trigger (version v1), messages of an SMQ queue, which
// come through EventBridge, and the tick of a timer. It writes the answer to a
// request, too.
//
// The types are its own. Documents of different age disagree about the shapes,
// and the types of fc-runtime-go-sdk refuse some that are real, so this reads
// whatever can be understood and never drops a message.
//
// It may import core.
package envelope
