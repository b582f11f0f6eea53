// Package oss is a small object storage as an in-process HTTP handler: one
// bucket that takes uploads, in one piece or in parts, from clients that hold
// temporary credentials ([Server.Grant]). It checks the signature of every
// request with code of its own, binds each security token to its access key and
// to one object, refuses both once they have expired, answers browsers (CORS)
// and keeps a log of the parts that arrived, so that a test can tell whether one
// was sent twice.
//
// It speaks the REST API of Alibaba Cloud OSS with signature version 1 in the
// Authorization header: what the upload SDKs of ApsaraVideo VOD send. Objects
// cannot be read back; size and MD5 are kept, the content is not.
//
// It may import the standard library, events/secret and core/clock.
package oss
