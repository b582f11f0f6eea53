// Package huawei is Huawei Cloud VOD as an in-process HTTP server: what a
// stock SDK talks to when there is no cloud account. It checks signatures with
// code of its own, enforces the documented limits, lets tasks progress by the
// clock, posts the messages of both notification channels and misbehaves on
// demand ([Fault]), so that it can judge a driver, drive a demonstration and
// carry the end-to-end tests.
//
// It simulates refreshing, preheating and the two queries that tell of assets.
// Where the documentation is silent, a comment says what was chosen. It is
// deliberately stricter than the platform: a parameter that the operation does
// not know is refused, so that a misspelt one shows, and so is a project ID or
// security token that is sent but not signed.
//
// It may import the standard library, core/clock, events and what is below
// core/vodsim/internal: no SDK and nothing of the driver that it judges.
package huawei
