// Package huawei reads what Huawei Cloud VOD calls back. Its events come over
// one of two channels, which [ChannelOf] tells apart by the headers:
//
//   - MFS, the message service of VOD itself: an HMAC of time stamp and content
//     under a key of the console. [MFSVerifier] opens it.
//   - SMN, Simple Message Notification: an RSA signature under a certificate of
//     Huawei's. [SMNVerifier] opens it, with the certificates of a [Fetcher] or
//     a [Folder]; [Confirm] answers its invitation to subscribe.
//
// Either yields a [Message], whose Body [Decode] turns into an [events.Event].
// [SignMFS] and [SignSMN] are the sender's side, for tests, tools and the
// simulator.
//
// Both channels sign the content, unlike Alibaba's. What an SMN signature proves
// is that SMN sent the message, for whichever tenant: the list of topics makes
// it ours. Neither channel forbids a replay, so a receiver remembers
// [Message.ID] for as long as a message counts as fresh.
//
// It may import the standard library, events and events/secret.
//
// Sources: Huawei Cloud VOD user guide, "Notification Settings" (2025), and
// Simple Message Notification user guide, "HTTP/HTTPS message format" and
// "Verifying message signatures". What they leave open is marked in the code as
// inferred.
package huawei
