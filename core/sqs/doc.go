// Package sqs is the queue on Amazon SQS: a standard queue, never a FIFO one,
// and beside it a core.Store for what SQS has no place for.
//
// # What lies where
//
// A message is an SQS message, and its lease the visibility timeout. A delay of
// up to 15 minutes, the most that SQS knows, is the message's own. A longer one
// is a record in the store's due index, written before the delivery that it
// replaces is deleted; [Queue.Move] sends it in its last minutes. Receive calls
// that by itself from time to time; a program that is handed its messages by
// Lambda calls it on a timer of a minute. Visibility is never a delay: it would
// count as a receive, and as a message in somebody's hands.
//
// A dead letter is a record in the store, so that it can be listed and put back
// one by one, and does not end after 14 days. The dead-letter queue of the
// queue's own redrive policy is for what this program never got to give up: a
// message that crashed its receiver again and again. It is not listed here; its
// alarm and the console are.
//
// Without a store, a long delay is several of 15 minutes, and a message that is
// given up stays where it is until the redrive policy takes it away.
//
// # What SQS does not promise
//
// It may deliver a message twice at once, and its counts ([Queue.Depth]) lag by
// up to a minute. A receipt that is no longer the latest is refused, as the
// documentation has it; whether each server knows that at once is not said. To
// end a delivery by another message is three calls (keep it ours, write the
// other, delete it): a crash in between makes two of one, never none. A receive
// that was cut off may have taken messages, which come again after their leases.
//
// A message has at most 256 KiB as JSON, of which a store holds 64 KiB.
//
// # What the queue has to be like
//
// DelaySeconds and ReceiveMessageWaitTimeSeconds are 0, as they are unless they
// are set: a zero of ours is not sent, so the queue's own would hold. The redrive
// policy's maxReceiveCount is 5 or more, as a receiver that is killed counts too.
//
// It may import core with core/clock and core/internal/awsclient, events/secret
// and the AWS SDK.
package sqs
