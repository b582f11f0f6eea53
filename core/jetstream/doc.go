// Package jetstream is queue and store on NATS JetStream: [Start] runs a server
// inside the process, which needs no network and keeps its files under one
// folder; [Connect] uses a cluster. Both need a server of version 2.14 or later.
// [OpenQueue] and [OpenStore] then work alike on either.
//
// # Queue
//
// One work-queue stream holds what is due and what is not; one durable pull
// consumer, shared by all processes, hands out what is due.
//
//   - Durable before acknowledged: Enqueue waits for the server's word and, with
//     the embedded server, until the files are synced to the disk: once for all
//     who enqueue at the same time. Acknowledgements are synced every second; one
//     that is lost when the machine crashes makes a message come again.
//     The last message that is synced is kept in NAME_queue.json and NAME_dead.json,
//     beside the embedded server's own folder: one that was killed cuts off what it
//     cannot read of its files, and does not say so. If the stream ends before
//     that message, opening the queue is an error.
//   - A delay is a scheduled message (Nats-Schedule: @at …, on a subject of its
//     own), which the server stores under the subject of what is due when its
//     time comes, by the server's clock, and then removes. In this order, so a
//     crash in between makes two of it, never none. A message that waits costs
//     no place among those in hand, but 0.7 to 0.9 kilobytes of the server's
//     memory; one that is due costs next to none.
//   - The server takes a late acknowledgement for a good one. So a lease is
//     kept twice: the receiver gives up when it ends, and the server waits a
//     little longer than that.
//   - The count of deliveries, and who holds what, is on the disk a tenth of a
//     second later: a crash before that makes an attempt count twice, and a
//     message come again before its lease ends.
//   - Scheduling does not go together with a stream that refuses what is too
//     much, so the limit is kept here: exactly by one process, and within a
//     second by several.
//   - Dead letters have a stream of their own; an ID is a sequence number in it.
//
// # Store of the embedded server
//
// What a store writes survives a crash of the process at once, and one of the machine
// within a second: what is lost then costs a submission more.
//
// Nobody else has the folder, so the store is one stream of pages, Name_log, and an
// index in memory, which is read from the stream when the store is opened: see
// internal/ledger. A million records cost 17 MB. All who open a store of one name on
// one server share it. A folder of a version that kept the index in the server is
// refused.
//
// The server keeps blocks of 4 MiB that were written to in the last ten seconds. So
// the pages are compressed.
//
// A server that was killed cuts off what it cannot read of a block, and does not say
// so. So the first and the last page that have to be there are kept in NAME_log.json,
// beside the server's own folder: every ten seconds, and before pages are removed. What
// is missing between them is an error when the store is opened.
//
// # Store of a cluster
//
// What a store writes is synced as the servers are configured.
//
// The server keeps every subject of a stream in memory, some 230 bytes with what
// goes with it. So a record has no subject of its own: one stream keeps the records
// in pages, all of one subject, read by their sequences, and another an index of
// 32,768 buckets, the last message of each subject, that says on which page the
// record of a key is. A million records cost some 20 bytes each.
//
// The server reads whole blocks of a stream, of up to 4 MiB, and keeps them until a
// garbage collection. A write changes buckets anywhere, so all blocks of the index
// are in use: 93 of them, 30 MB together, with some 600,000 records.
//
//   - A write stores the records on new pages and then their places in the index.
//     Compare-and-set is the server's check of the last sequence of a bucket; a
//     writer that was late because of another record in it tries again. The page
//     of a record is its revision.
//   - Reads go to the leaders, so what was written is seen.
//   - Records that expire and are written together share a page, which is removed
//     when they are written together again, or else by the server, a while after
//     they have expired. Others have a page of their own, removed with the next
//     write. A crash between page and place leaves a page that nobody names; one
//     of records that never expire stays.
//   - An expired record is not shown; its place goes with the next write of the
//     bucket.
//
// A record with a due time has an entry in a second index, of subjects that name a
// slice of time, the time and the key. The entry and a mark that the slice is in
// use are written before the place of the record, and again after it, so the index
// never misses one. It may name one that is due no more: that is checked on reading,
// and the entry removed by its sequence, which a newer entry of the same name does
// not have.
//
// The package may import core, events and the NATS libraries.
package jetstream
