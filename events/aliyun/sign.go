package aliyun

import (
	"crypto/md5" //nolint:gosec // MD5 is the documented protocol, not a choice
	"encoding/hex"
	"net/http"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// The headers of a signed callback, as the documentation spells them.
const (
	// HeaderTimestamp is the time at which the callback was sent, in whole Unix
	// seconds, 10 digits.
	HeaderTimestamp = "X-VOD-TIMESTAMP"
	// HeaderSignature is the MD5 of "URL|timestamp|key" in 32 hexadecimal
	// digits.
	HeaderSignature = "X-VOD-SIGNATURE"
)

// The same headers in the canonical form of net/http, under which a look-up
// does not allocate.
const (
	canonicalTimestamp = "X-Vod-Timestamp"
	canonicalSignature = "X-Vod-Signature"
)

// Sign returns the two headers that VOD would send at a time with a callback
// to url, the URL exactly as it is registered with VOD, query string included.
// The fraction of a second is dropped.
//
// Source: VOD user guide, "HTTP callback authentication".
func Sign(url string, key secret.Value, at time.Time) http.Header {
	timestamp := strconv.FormatInt(at.Unix(), 10)
	sum := digest(nil, url, timestamp, key)
	return http.Header{
		canonicalTimestamp: {timestamp},
		canonicalSignature: {hex.EncodeToString(sum[:])},
	}
}

// digest is the signature before it is written in hexadecimal. It uses the
// room of buf for the text that is signed.
func digest(buf []byte, url, timestamp string, key secret.Value) [md5.Size]byte {
	buf = append(buf[:0], url...)
	buf = append(buf, '|')
	buf = append(buf, timestamp...)
	buf = append(buf, '|')
	buf = append(buf, key.Reveal()...)
	return md5.Sum(buf) //nolint:gosec // MD5 is the documented protocol, not a choice
}
