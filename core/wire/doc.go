// Package wire is what the drivers of video platforms share on their way to the
// wire: the fence around an SDK that has no context, follows redirects, panics,
// and quotes signed URLs in its errors.
//
// A [Line] is made once for a client: it has the connection pool, the time-out
// and the source of credentials. Each call takes an [Exchange] from it, the one
// transport that the SDK gets: it sends a request under the caller's context to
// one endpoint or nowhere, and keeps the [Answer]. A [Judge] then says whether
// that answer is a refusal. Every error is a [core.Error] in our own words,
// without URL, key, signature or token.
//
// What a code means, what an answer looks like and how a request is signed is
// the driver's to say. The package may import core and the standard library
// only.
package wire
