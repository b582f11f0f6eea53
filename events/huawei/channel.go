package huawei

import (
	"net/http"
	"strings"
)

// Channel is the way a message came.
type Channel string

// The channels.
const (
	None Channel = ""    // none can be told
	MFS  Channel = "mfs" // VOD's own message service
	SMN  Channel = "smn" // Simple Message Notification
)

// The headers of MFS, as the documentation spells them. Proxies drop names with
// underscores unless told otherwise: nginx wants underscores_in_headers on.
const (
	// HeaderSign is the HMAC-SHA256 of "VOD_timestamp_message" in 64 lower-case
	// hexadecimal digits.
	HeaderSign = "auth_sign"
	// HeaderTimestamp is the Unix time at which the message was signed. Its unit
	// is not documented: 10 digits are taken as seconds, 13 as milliseconds.
	HeaderTimestamp = "auth_timestamp"
)

// The headers of SMN. They repeat what the body says, and only the body is
// signed.
const (
	HeaderMessageType = "X-SMN-MESSAGE-TYPE"
	HeaderMessageID   = "X-SMN-MESSAGE-ID"
	HeaderTopic       = "X-SMN-TOPIC-URN"
)

// ChannelOf tells by its headers which channel a request claims to come by: MFS
// if it has auth_sign and auth_timestamp, SMN if it has X-SMN-MESSAGE-TYPE. One
// that has headers of both, or half of MFS's, is of neither, so that no request
// passes by the checks of one channel and is taken for the other's;
// [RefuseChannel] says what is wrong with it.
func ChannelOf(h http.Header) Channel {
	sign, timestamp := has(h, HeaderSign), has(h, HeaderTimestamp)
	switch {
	case sign && timestamp && !anySMN(h):
		return MFS
	case !sign && !timestamp && has(h, HeaderMessageType):
		return SMN
	}
	return None
}

// RefuseChannel is the [*VerifyError] for a request of which [ChannelOf] says
// [None].
func RefuseChannel(h http.Header) error {
	sign, timestamp := has(h, HeaderSign), has(h, HeaderTimestamp)
	switch {
	case (sign || timestamp) && anySMN(h):
		return refuse(ReasonMalformed, "it has headers of MFS ("+HeaderSign+", "+HeaderTimestamp+") and of SMN (X-SMN-...), one kind is allowed")
	case sign:
		return refuse(ReasonMissing, HeaderTimestamp+" is missing beside "+HeaderSign)
	case timestamp:
		return refuse(ReasonMissing, HeaderSign+" is missing beside "+HeaderTimestamp)
	}
	return refuse(ReasonMissing, "it has neither "+HeaderSign+" and "+HeaderTimestamp+" (MFS: is a key set in the console, and does the proxy let underscores pass?) nor "+HeaderMessageType+" (SMN)")
}

func anySMN(h http.Header) bool {
	for name := range h {
		if strings.HasPrefix(http.CanonicalHeaderKey(name), "X-Smn-") {
			return true
		}
	}
	return false
}

func has(h http.Header, name string) bool { return len(h.Values(name)) > 0 }
