// Package upload gives credentials to upload clients whose own have expired: an
// [Issuer] asks the [Platform] for them, seldom, and for none but those whose [Pass]
// admits them, such as that of a ticket ([Tickets]).
//
// It may import core, core/clock and core/pace, and a library for JWTs; and
// events/secret, for what must not be shown.
package upload
