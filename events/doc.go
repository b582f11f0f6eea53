// Package events is the provider-neutral form of what a video platform calls
// back: an [Event] says what happened to which media, when, and whether it
// worked. The packages below it, one per provider, verify and decode the raw
// callback.
//
// It may import the standard library only: no cloud SDK, nothing of core.
package events
