// Package huawei drives Huawei Cloud VOD (API version v1) through the official
// SDK, huaweicloud-sdk-go-v3: refresh and preload ("preheat") of assets and of
// single URLs, their tasks, and what is known of an asset. [Client] implements
// core.Provider. The platform has no call that tells the day's quota, so the
// client is no core.Meter.
//
// What the SDK does wrong is fenced in here, in one place ([call] and the
// exchange of core/wire below it):
//
//   - It has no context. Here the caller's context travels with the request and
//     cancels it on the wire.
//   - Its clients take one set of credentials for good, and each opens a
//     connection pool of its own, without proxies and time-outs. Here every call
//     has a light client over one shared transport.
//   - Without a project ID it asks IAM for one while it is built, without keys
//     it asks the environment, files and the metadata service, and without an
//     endpoint it reads regions from a file. Here all three are always set, and a
//     request goes to the configured endpoint or nowhere.
//   - Without a user agent it writes a file with an ID into the home directory.
//   - It takes every status below 400 for success, redirects and pages included,
//     an accepted task without an ID as well, and panics on an answer that is
//     null. Here the answer is read whole and judged first, and a panic becomes
//     an error.
//   - It compares status words by case; the platform writes them either way.
//   - Its errors lose the header Retry-After, and quote answers as they came.
//     Here none of its error texts is passed on.
//   - It can retry, with waits that nothing ends. Here it does not.
//
// The driver neither retries nor paces; core does. It may import core,
// core/wire, events and the SDK.
package huawei
