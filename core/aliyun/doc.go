// Package aliyun drives ApsaraVideo VOD (API version 2017-03-21) through the
// official SDK, alibaba-cloud-sdk-go: refresh and preload of media and of
// single URLs, their jobs, the day's quota, and the credentials of an upload.
// [Client] implements core.Provider.
//
// The SDK is past its end of support, and what it does wrong is fenced in
// here, in one place ([Client.call] and the exchange of core/wire below it):
//
//   - It talks http by default and follows redirects. Here a request goes to
//     the configured endpoint or nowhere, over https unless that endpoint is a
//     loopback or an admitted private host, and a redirect is an error.
//   - It has no context. Here the caller's context travels with the request
//     and cancels it on the wire.
//   - Its client is not safe for concurrent use and remembers time-outs from
//     call to call; its service package writes its endpoint table lazily. Here
//     every call has a light client of its own over one shared transport, and
//     the endpoint table is never touched.
//   - It panics on an error answer whose Code is a number, and takes an empty
//     answer for a good one. Here the answer is read before the SDK sees it,
//     and a panic becomes an error.
//   - Its errors quote the signed URL, with key, signature and token. Here none
//     of its error texts is passed on.
//   - It looks for credentials in files, in the environment and on the
//     network, for proxies in its own way, and for a global tracer to tell the
//     URL. Here all that is shut off.
//
// Two things cannot be fenced from outside. The time stamp that is signed comes
// from the machine's clock, so a clock more than some minutes off is refused
// as Unauthenticated. And DEBUG=sdk in the environment makes the SDK print
// requests, token included, on standard output: never set it.
//
// The driver neither retries nor paces; core does. It may import core,
// core/wire, events and the SDK.
package aliyun
