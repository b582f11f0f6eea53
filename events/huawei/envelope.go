package huawei

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// envelope is the body of a request by SMN. It is decoded once: what is compared
// with the headers, verified and passed on are the same values.
type envelope struct {
	sort        Sort
	topic       string
	id          string
	message     string
	subject     string
	timestamp   string
	subscribe   string // of the two confirmations
	certificate string
	signature   []byte
	signed      time.Time // timestamp, read
}

// readEnvelope reads the fields that every message has. Fields that it does not
// know are left alone.
func readEnvelope(o object) (*envelope, error) {
	var e envelope
	var sort, version, signature string
	for _, f := range []struct {
		name string
		to   *string
	}{
		{"type", &sort},
		{"topic_urn", &e.topic},
		{"message_id", &e.id},
		{"message", &e.message},
		{"timestamp", &e.timestamp},
		{"signing_cert_url", &e.certificate},
		{"signature_version", &version},
		{"signature", &signature},
	} {
		if err := field(o, f.name, true, f.to); err != nil {
			return nil, err
		}
	}
	if err := field(o, "subject", false, &e.subject); err != nil {
		return nil, err
	}
	e.sort = Sort(sort)
	if version != "v1" {
		return nil, refuse(ReasonMalformed, fmt.Sprintf("signature_version is %.20q, only v1 is known", version))
	}
	var err error
	if e.signature, err = base64.StdEncoding.Strict().DecodeString(signature); err != nil {
		return nil, refuse(ReasonMalformed, "signature is not base64")
	}
	if e.signed, err = time.Parse(time.RFC3339, e.timestamp); err != nil {
		return nil, refuse(ReasonMalformed, fmt.Sprintf("timestamp is %.40q, RFC 3339 is needed", e.timestamp))
	}
	return &e, e.readSort(o)
}

// readSort reads what depends on the type.
func (e *envelope) readSort(o object) error {
	switch e.sort {
	case Notification:
	case SubscriptionConfirmation, UnsubscribeConfirmation:
		if err := field(o, "subscribe_url", true, &e.subscribe); err != nil {
			return err
		}
	default:
		return refuse(ReasonMalformed, fmt.Sprintf("type is %.40q, allowed are %s, %s and %s", string(e.sort),
			Notification, SubscriptionConfirmation, UnsubscribeConfirmation))
	}
	return e.unambiguous()
}

// unambiguous refuses values of more than one line. The string to sign has
// neither lengths nor escapes: with a line feed in them, the end of a message
// and the message ID could trade places under one signature, and a replay would
// pass for a new message. With this only the message may have several lines, for
// topic and type are of a list and a time stamp has one; and as it comes first,
// everything behind it can be read in one way.
func (e *envelope) unambiguous() error {
	const longest = 128
	for _, f := range []struct{ name, value string }{
		{"message_id", e.id},
		{"subject", e.subject},
		{"subscribe_url", e.subscribe},
	} {
		if strings.ContainsAny(f.value, "\r\n") {
			return refuse(ReasonMalformed, f.name+" has more than one line")
		}
	}
	if len(e.id) > longest {
		return refuse(ReasonMalformed, fmt.Sprintf("message_id has %d bytes, at most %d are allowed", len(e.id), longest))
	}
	return nil
}

// field reads a string. Only one that may be missing may also be null or empty.
func field(o object, name string, needed bool, to *string) error {
	raw, given := o[name]
	if given && json.Unmarshal(raw, to) != nil {
		return refuse(ReasonMalformed, name+" is not a string")
	}
	if needed && *to == "" {
		return refuse(ReasonMissing, name+" is missing or empty")
	}
	return nil
}

// headersAgree checks the headers, which are not signed, against the body.
func (e *envelope) headersAgree(h http.Header) error {
	for _, pair := range []struct{ header, field, value string }{
		{HeaderTopic, "topic_urn", e.topic},
		{HeaderMessageID, "message_id", e.id},
		{HeaderMessageType, "type", string(e.sort)},
	} {
		given, err := single(h, pair.header)
		if err != nil {
			return err
		}
		if given != "" && given != pair.value {
			return refuse(ReasonMismatch, fmt.Sprintf("%s is %.200q and %s in the body is %.200q", pair.header, given, pair.field, pair.value))
		}
	}
	return nil
}

// stringsToSign returns the texts of which one has to fit the signature: pairs
// of name and value, a line each, with a line feed behind the last one too.
//
// Of a notification without a subject the documentation leaves the pair out, and
// Huawei's own example of 2018 signs an empty one. No genuine message without a
// subject is known, so either is accepted: both bind all the other fields.
//
// Source: SMN user guide, "Verifying message signatures".
func (e *envelope) stringsToSign() []string {
	head := "message\n" + e.message + "\nmessage_id\n" + e.id + "\n"
	tail := "timestamp\n" + e.timestamp + "\ntopic_urn\n" + e.topic + "\ntype\n" + string(e.sort) + "\n"
	subject := "subject\n" + e.subject + "\n"
	switch {
	case e.sort != Notification:
		return []string{head + "subscribe_url\n" + e.subscribe + "\n" + tail}
	case e.subject == "":
		return []string{head + tail, head + subject + tail}
	}
	return []string{head + subject + tail}
}
