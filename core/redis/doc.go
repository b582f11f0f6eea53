// Package redis is queue and store on Redis 6.2 or later, and on what speaks
// its protocol, such as Tair. [Connect] checks a server; the queue and the
// store of it implement core.Queue and core.Store.
//
// # What it asks of the server
//
// Append-only persistence: appendonly yes. What was acknowledged then survives
// a crash of the server's process. With appendfsync always it also survives a
// crash of the machine; with everysec, the default, that may cost the last
// second. A server that may evict keys (any maxmemory-policy but noeviction)
// throws messages away when it is full; with noeviction it refuses new ones at
// once, and can still be drained. Connect logs a warning where a setting is
// another, and where it may not read them. Replicas follow a moment behind, so
// a failover may lose that moment.
//
// No modules are used. In a cluster all keys have one hash tag and live in one
// slot.
//
// # How a queue lies in it
//
// A stream holds the messages that may be received, and what is in somebody's
// hands: its one consumer group counts the deliveries of each. A sorted set
// holds when their leases end, one more the messages that are not due yet, a
// second stream the dead letters. A last stream of one entry, the bell, is
// written when something may have become ready: who waits, blocks on it. Every
// change is one script that reads the server's own clock, so the clocks of
// clients do not matter, and a crash leaves all of it or none.
//
// A delivery is known by its entry and its attempt. The lease of a message that
// was delivered again has passed on, because the attempts no longer agree.
//
// # How a store lies in it
//
// A record is a hash with an expiry. Records that have a due time stand in a
// sorted set as well, one for each first part of their keys (up to a slash), so
// that many due records of one sort do not slow down the listing of another.
//
// It may import core, events/secret, go-redis and its own package address, which
// reads the URL. go-redis writes log lines of its own about broken connections to
// standard error, where an answer of the server's may quote the password. With
// [SetLogger] they go to a log, and never name one.
package redis
