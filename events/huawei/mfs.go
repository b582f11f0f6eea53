package huawei

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Ahead is how far the time stamp of a message may be ahead of our clock, on
// either channel.
const Ahead = 5 * time.Minute

// MFSVerifier opens the messages of MFS. It is safe for concurrent use.
type MFSVerifier struct {
	keys   []secret.Value
	window time.Duration
}

// NewMFSVerifier returns a verifier that accepts what is signed with any of the
// keys, of which there are several while they are rotated, and at most window
// ago. The channel may lag by five minutes, and how long it repeats is not
// documented, so the window should be wide. An error names the position of the
// key that is wrong, counted from 1, and never shows it.
func NewMFSVerifier(keys []secret.Value, window time.Duration) (*MFSVerifier, error) {
	if len(keys) == 0 {
		return nil, errors.New("MFS keys: none given, at least one is needed to check signatures")
	}
	for i, key := range keys {
		if err := checkKey(key); err != nil {
			return nil, fmt.Errorf("MFS key %d of %d: %w", i+1, len(keys), err)
		}
	}
	if window <= 0 {
		return nil, fmt.Errorf("MFS window: %v, more than nothing is needed", window)
	}
	return &MFSVerifier{keys: keys, window: window}, nil
}

func checkKey(key secret.Value) error {
	text := key.Reveal()
	switch {
	case text == "":
		return errors.New("empty, an empty key would let anyone sign")
	case strings.TrimSpace(text) != text:
		return errors.New("begins or ends with a blank, which no generated key does")
	}
	return nil
}

// Open checks the two headers of a request that arrived at now against its
// body, and returns the message in it. Every error is a [*VerifyError].
//
// The signature is judged before the clock, so that "stale" and "future" speak
// of genuine messages only and a forger learns nothing about our clock.
//
// Source: VOD user guide, "Notification Settings", which shows the envelope as a
// picture. Three forms are inferred from it, and taken: the signed content is
// the text in member message, or the object in it, or the whole body.
func (v *MFSVerifier) Open(h http.Header, body []byte, now time.Time) (Message, error) {
	timestamp, at, err := timestampOf(h)
	if err != nil {
		return Message{}, err
	}
	given, err := signatureOf(h)
	if err != nil {
		return Message{}, err
	}
	content, err := contentOf(body)
	if err != nil {
		return Message{}, err
	}
	if !v.genuine(timestamp, content, given) {
		return Message{}, refuse(ReasonMismatch, HeaderSign+" fits no key")
	}
	if err := fresh(HeaderTimestamp, at, now, v.window); err != nil {
		return Message{}, err
	}
	return Message{Channel: MFS, Sort: Notification, ID: mfsID(timestamp, content), Time: at, Body: content}, nil
}

// timestampOf reads auth_timestamp, as it is signed and as a time.
func timestampOf(h http.Header) (text string, at time.Time, err error) {
	text, err = single(h, HeaderTimestamp)
	if err != nil {
		return "", time.Time{}, err
	}
	if text == "" {
		return "", time.Time{}, refuse(ReasonMissing, HeaderTimestamp+" is missing")
	}
	number, err := strconv.ParseUint(text, 10, 63)
	switch {
	case err == nil && len(text) == len("1700000000"):
		at = time.Unix(int64(number), 0)
	case err == nil && len(text) == len("1700000000000"):
		at = time.UnixMilli(int64(number))
	default:
		return "", time.Time{}, refuse(ReasonMalformed, HeaderTimestamp+" is not a Unix time of 10 or 13 digits")
	}
	return text, at.UTC(), nil
}

// signatureOf takes lower case, as it is documented, and upper case, which is
// not ruled out.
func signatureOf(h http.Header) (sum []byte, err error) {
	text, err := single(h, HeaderSign)
	if err != nil {
		return nil, err
	}
	if text == "" {
		return nil, refuse(ReasonMissing, HeaderSign+" is missing")
	}
	sum, err = hex.DecodeString(text)
	if err != nil || len(sum) != sha256.Size {
		return nil, refuse(ReasonMalformed, HeaderSign+" is not 64 hexadecimal digits")
	}
	return sum, nil
}

// contentOf finds what is signed: the text in message, the object in message as
// it is written, or, of an event without an envelope, the whole body.
func contentOf(body []byte) ([]byte, error) {
	o, err := readObject(body)
	if err != nil {
		return nil, refuse(ReasonMalformed, "the body is "+notJSON(err))
	}
	message, wrapped := o["message"]
	var text string
	switch {
	case !wrapped:
		return body, nil
	case message[0] == '{':
		return message, nil
	case message[0] == '"' && json.Unmarshal(message, &text) == nil:
		return []byte(text), nil
	}
	return nil, refuse(ReasonMalformed, "message is neither a string nor an object")
}

func notJSON(err error) string {
	if errors.Is(err, errNoObject) {
		return err.Error()
	}
	return "not valid JSON: " + err.Error()
}

// genuine tries every key, also after one has fitted, so that the time it takes
// does not tell which one did.
func (v *MFSVerifier) genuine(timestamp string, content, given []byte) bool {
	found := false
	for _, key := range v.keys {
		if hmac.Equal(digest(key, timestamp, content), given) {
			found = true
		}
	}
	return found
}

// digest is auth_sign before it is written in hexadecimal. A time stamp has
// digits only, so nothing can move between it and the content.
func digest(key secret.Value, timestamp string, content []byte) []byte {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte("VOD_" + timestamp + "_"))
	mac.Write(content)
	return mac.Sum(nil)
}

// mfsID is the same for every envelope that the signed content may come in.
func mfsID(timestamp string, content []byte) string {
	sum := sha256.Sum256(append([]byte(timestamp+"_"), content...))
	return "mfs/" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// fresh refuses what was signed more than window ago or Ahead ahead.
func fresh(name string, at, now time.Time, window time.Duration) error {
	switch age := now.Sub(at); {
	case age > window:
		return refuse(ReasonStale, fmt.Sprintf("%s is %v old, at most %v are allowed", name, age.Round(time.Second), window))
	case age < -Ahead:
		return refuse(ReasonFuture, fmt.Sprintf("%s is %v ahead, at most %v are allowed", name, -age.Round(time.Second), Ahead))
	}
	return nil
}
