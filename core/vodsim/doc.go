// Package vodsim is the video platform as an in-process HTTP server: what a
// stock SDK talks to when there is no cloud account. It checks signatures with
// code of its own, enforces the documented limits, lets jobs progress by the
// clock, sends the platform's callbacks and misbehaves on demand ([Fault]), so
// that it can judge a driver, drive a demonstration and carry the end-to-end
// tests.
//
// It simulates ApsaraVideo VOD, API version 2017-03-21, in RPC style. Where the
// documentation is silent, a comment says what was chosen. It is deliberately
// stricter than the platform in one point: a parameter that the action does not
// know is refused, so that a misspelt one shows.
//
// Uploads go to a storage of its own, core/vodsim/oss, with credentials that
// expire.
//
// It may import the standard library, events, core/clock, that storage, and what
// is below core/vodsim/internal, which core/vodsim/huawei, the other platform,
// shares: no SDK and nothing of the drivers that it judges.
package vodsim
