package aliyun

import (
	"crypto/md5" //nolint:gosec // MD5 is the documented protocol, not a choice
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// Window is how far the time stamp of a callback may be from our clock, on
// either side. The documentation proposes five minutes.
const Window = 300 * time.Second

const timestampDigits = 10

// Verify checks the two signature headers of a callback that arrived at now,
// and returns the time at which the sender signed it. Whole seconds are
// compared: a difference of 300 s is accepted, of 301 s is not, in the past as
// in the future. Every error is a [*VerifyError].
//
// The signature is judged before the clock, so that "stale" and "future" speak
// of genuine requests only (a replay, or a clock that is wrong) and a forger
// learns nothing about our clock.
func (v *Verifier) Verify(h http.Header, now time.Time) (signed time.Time, err error) {
	timestamp, err := single(h, canonicalTimestamp, HeaderTimestamp)
	if err != nil {
		return time.Time{}, err
	}
	signature, err := single(h, canonicalSignature, HeaderSignature)
	if err != nil {
		return time.Time{}, err
	}
	seconds, ok := parseTimestamp(timestamp)
	if !ok {
		return time.Time{}, refuse(ReasonMalformed, HeaderTimestamp+" is not a Unix time of 10 digits")
	}
	given, ok := parseSignature(signature)
	if !ok {
		return time.Time{}, refuse(ReasonMalformed, HeaderSignature+" is not 32 hexadecimal digits")
	}
	if !v.genuine(timestamp, given) {
		return time.Time{}, refuse(ReasonMismatch, HeaderSignature+" fits no pair of registered URL and key")
	}
	const window = int64(Window / time.Second)
	switch age := now.Unix() - seconds; {
	case age > window:
		return time.Time{}, refuse(ReasonStale, fmt.Sprintf("%s is %d s old, at most %d s are allowed", HeaderTimestamp, age, window))
	case age < -window:
		return time.Time{}, refuse(ReasonFuture, fmt.Sprintf("%s is %d s ahead, at most %d s are allowed", HeaderTimestamp, -age, window))
	}
	return time.Unix(seconds, 0).UTC(), nil
}

// genuine tries every pair, also after one has fitted, so that the time it
// takes does not tell which one did.
func (v *Verifier) genuine(timestamp string, given [md5.Size]byte) bool {
	var buf [512]byte // room for the longest URL and any usual key; a longer text allocates
	found := 0
	for _, p := range v.pairs {
		expected := digest(buf[:], p.url, timestamp, p.key)
		found |= subtle.ConstantTimeCompare(expected[:], given[:])
	}
	return found == 1
}

// single returns the only value of a header.
func single(h http.Header, canonical, documented string) (string, error) {
	switch values := h.Values(canonical); len(values) {
	case 0:
		return "", refuse(ReasonMissing, documented+" is missing")
	case 1:
		return values[0], nil
	default:
		return "", refuse(ReasonMalformed, fmt.Sprintf("%s came %d times, once is allowed", documented, len(values)))
	}
}

func parseTimestamp(s string) (seconds int64, ok bool) {
	if len(s) != timestampDigits {
		return 0, false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	seconds, err := strconv.ParseInt(s, 10, 64)
	return seconds, err == nil
}

// parseSignature takes lower case, as VOD sends it, and upper case, which the
// documentation does not rule out.
func parseSignature(s string) (sum [md5.Size]byte, ok bool) {
	if len(s) != hex.EncodedLen(md5.Size) {
		return sum, false
	}
	_, err := hex.Decode(sum[:], []byte(s))
	return sum, err == nil
}
