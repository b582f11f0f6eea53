// Package dynamodb is the store on Amazon DynamoDB: one on-demand table, a
// record an item, and a sparse index of what is due.
//
// # How a record lies in the table
//
// The partition key pk is the record's key as it is: DynamoDB spreads items by a
// hash of it. Beside it stand revision (a random text, new with each write),
// value, due and expires (texts that sort as the times do, to the nanosecond),
// and ttl, the expiry in seconds as DynamoDB's own cleaning wants it. That
// cleaning may be days late, so what has expired is left out by our own clock,
// in reads and in the conditions of writes.
//
// Every write is conditional on the revision, or on there being no record that
// has not expired; each record is a call of its own, several at a time. Reads are
// strongly consistent.
//
// # How what is due is found
//
// An item with a due time also has the attribute shelf: the first part of its
// key, slash included, and one of four digits by a hash of the key. The index
// due has shelf as its partition key and due as its sort key, so that neither
// many due records nor many writes of one sort meet in one partition, or slow
// down another sort. It holds keys and expiries alone, and is a moment behind:
// the records themselves are read from the table, and one that has changed
// meanwhile is left out. A prefix without a slash is looked for in the whole
// index, which is right but not quick.
//
// # Who makes the table
//
// The deployment's template does, with its index and its TTL attribute; a
// function need not be allowed to. [Store.Ensure] makes it in an emulator, and
// refuses to elsewhere.
//
// It may import core with core/clock and core/internal/awsclient, events/secret
// and the AWS SDK.
package dynamodb
