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
//   - Durable before acknowledged: Enqueue waits for the server's word, and the
//     embedded server syncs each write to the disk. What is enqueued at the same
//     time by many goes out together, as an atomic batch with one sync.
//   - A delay is a scheduled message (Nats-Schedule: @at …, on a subject of its
//     own), which the server stores under the subject of what is due when its
//     time comes, by the server's clock, and then removes. In this order, so a
//     crash in between makes two of it, never none. A message that waits costs
//     no place among those in hand, but about half a kilobyte of the server's
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
// # Store
//
// One stream keeps the last message of each subject, and a subject is the hash of
// a key. Compare-and-set is the server's check of the last sequence of a subject;
// reads go to the leader, so what was written is seen. A record that is deleted
// leaves an empty message for a minute; one that expires is removed by the
// server a while after that time, and not shown from then on.
//
// A record with a due time has an entry in an index, of subjects that name a slice
// of time, the time and the key. Record, entry and a mark that the slice is in use
// are one atomic batch, so the index never misses a record. It may name one that is
// due no more: that is checked on reading, and the entry removed by its sequence,
// which a newer entry of the same name does not have.
//
// The package may import core, events and the NATS libraries.
package jetstream
