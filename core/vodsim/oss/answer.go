package oss

import (
	"cmp"
	"encoding/xml"
	"errors"
	"net/http"
	"time"
)

// code is an error code of the storage.
type code string

// The codes, from the error reference of Alibaba Cloud OSS.
const (
	accessDenied      code = "AccessDenied"
	entityTooLarge    code = "EntityTooLarge"
	entityTooSmall    code = "EntityTooSmall"
	invalidArgument   code = "InvalidArgument"
	invalidDigest     code = "InvalidDigest"
	invalidPart       code = "InvalidPart"
	invalidPartOrder  code = "InvalidPartOrder"
	keyUnknown        code = "InvalidAccessKeyId"
	malformedXML      code = "MalformedXML"
	noSuchUpload      code = "NoSuchUpload"
	notImplemented    code = "NotImplemented"
	requestTimeout    code = "RequestTimeout"
	signatureMismatch code = "SignatureDoesNotMatch"
	timeSkewed        code = "RequestTimeTooSkewed"
	tokenExpired      code = "SecurityTokenExpired"
	tokenInvalid      code = "InvalidSecurityToken"
)

// status is the HTTP status of a code: 403 for all that is about who asks.
func (c code) status() int {
	switch c {
	case entityTooLarge, entityTooSmall, invalidArgument, invalidDigest, invalidPart, invalidPartOrder, malformedXML, requestTimeout:
		return http.StatusBadRequest
	case noSuchUpload:
		return http.StatusNotFound
	case notImplemented:
		return http.StatusNotImplemented
	default:
		return http.StatusForbidden
	}
}

// refused is a refusal as an error.
type refused struct {
	code    code
	message string
}

func (r *refused) Error() string { return string(r.code) + ": " + r.message }

// refuse makes the refusal of a code; its message is the code's own unless one
// is given.
func refuse(c code, message ...string) error {
	known := map[code]string{
		entityTooLarge:    "Your proposed upload exceeds the maximum allowed size.",
		entityTooSmall:    "Your proposed upload is smaller than the minimum allowed size.",
		invalidDigest:     "The Content-MD5 you specified is not valid.",
		invalidPart:       "One or more of the specified parts could not be found or the specified entity tag might not have matched.",
		invalidPartOrder:  "The list of parts was not in ascending order.",
		keyUnknown:        "The OSS Access Key Id you provided does not exist in our records.",
		malformedXML:      "The XML you provided was not well-formed.",
		noSuchUpload:      "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
		notImplemented:    "A header or query you provided implies functionality that is not implemented.",
		requestTimeout:    "Your socket connection to the server was not read from or written to within the timeout period.",
		signatureMismatch: "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		timeSkewed:        "The difference between the request time and the current time is too large.",
		tokenExpired:      "The security token you provided has expired.",
		tokenInvalid:      "The security token you provided is invalid.",
	}
	message = append(message, cmp.Or(known[c], string(c)))
	return &refused{code: c, message: message[0]}
}

// answer is what a request gets: an XML document, or headers only.
type answer struct {
	status int
	etag   string
	body   any
}

// errorBody is the document of a refusal. ServerTime comes with
// RequestTimeTooSkewed: clients put their clocks right by it.
type errorBody struct {
	XMLName    xml.Name `xml:"Error"`
	Code       string   `xml:"Code"`
	Message    string   `xml:"Message"`
	RequestID  string   `xml:"RequestId"`
	HostID     string   `xml:"HostId"`
	ServerTime string   `xml:"ServerTime,omitempty"`
}

// codeOf is the code of a refusal, empty if there was none.
func codeOf(err error) code {
	if r, ok := errors.AsType[*refused](err); ok {
		return r.code
	}
	return ""
}

// refusal is the answer to a request that was refused.
func refusal(err error, q request, bucket string) answer {
	body := errorBody{RequestID: q.id, HostID: bucket + ".oss", Code: string(codeOf(err))}
	if r, ok := errors.AsType[*refused](err); ok {
		body.Message = r.message
	}
	if codeOf(err) == timeSkewed {
		body.ServerTime = q.at.UTC().Format(time.RFC3339)
	}
	return answer{status: codeOf(err).status(), body: body}
}

// write sends the answer.
func (a answer) write(w http.ResponseWriter, id string) {
	w.Header().Set("X-Oss-Request-Id", id)
	if a.etag != "" {
		w.Header().Set("ETag", a.etag)
	}
	if a.body == nil {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(xml.Header))
	_ = xml.NewEncoder(w).Encode(a.body)
}
