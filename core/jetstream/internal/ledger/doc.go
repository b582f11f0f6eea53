// Package ledger is a [core.Store] of one process: a log of pages, which is all
// that is durable, and in memory an index that says on which page each record is.
//
//   - A write appends a page with its records, those that are deleted among them.
//     One goroutine writes, for all who write at the same time, so
//     compare-and-set is a look into the index. It appends a page only after the
//     one that it knows to be the last: a page whose fate nobody learnt, as after a
//     time-out, is found before anything else is written.
//   - The index has 12 bytes for a record, in tables that are at least 64 % full:
//     40 bits of its key's hash, the number of its page, its size, and the hour in
//     which it expires. Two keys may have one hash; then the pages say which is
//     which. What is due is in an agenda, sorted, with 16 bytes for a record.
//   - Opening reads the log from its first page to its last. A record names the
//     page of the one that it replaces, so no older page has to be read.
//   - Once the log is more than twice as large as what is in use, and some, each
//     write reads some of the oldest pages, writes what is in use of them once
//     more, and removes them. A crash in between leaves both: the later one holds,
//     and is the same.
//   - The revision of a record is the page that it was first written on, and what
//     its next writer needs to know without reading it. It keeps that when it is
//     moved.
//   - No page has two keys of one hash, so a page and a hash say which record is
//     meant. The hash is another one each time that the log is opened; if it does not
//     tell the keys of an old page apart, the next is tried.
//   - Pages are compressed: what a call writes is much alike.
//   - What has expired is not shown, and leaves the index within two hours of
//     writing, and the log with its page.
//
// The package may import core and a library that compresses.
package ledger
