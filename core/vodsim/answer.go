package vodsim

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// code is an error code of the platform that always has the same status and
// message.
type code string

// The codes: the platform's own are listed on the VOD error code page, those of
// the gateway are the same for every product of Alibaba Cloud.
const (
	extensionInvalid    code = "InvalidFileName.Extension"
	forbidden           code = "Forbidden"
	objectPathMalformed code = "InvalidObjectPath.Malformed"
	quotaSpent          code = "QuotaExceeded.Refresh"
	taskIDMalformed     code = "InvalidTaskId.Malformed"
	throttled           code = "Throttling"
	tokenExpired        code = "InvalidSecurityToken.Expired"
	videoDamaged        code = "InvalidVideo.Damaged"
	videoNotFound       code = "InvalidVideo.NotFound"

	actionNotFound     code = "InvalidAction.NotFound"
	illegalTimestamp   code = "IllegalTimestamp"
	keyNotFound        code = "InvalidAccessKeyId.NotFound"
	methodNotAllowed   code = "UnsupportedHTTPMethod"
	nonceUsed          code = "SignatureNonceUsed"
	serviceUnavailable code = "ServiceUnavailable"
	timestampExpired   code = "InvalidTimeStamp.Expired"
	tokenMissing       code = "MissingSecurityToken"
	tokenUnexpected    code = "InvalidSecurityToken.MismatchWithAccessKey"
)

// refusal is an error answer of the platform.
type refusal struct {
	status  int
	code    string
	message string
}

// refuse makes the refusal of a code.
func refuse(c code) *refusal {
	known := map[code]refusal{
		extensionInvalid:    {status: http.StatusBadRequest, message: "The extension of the specified FileName is not valid."},
		forbidden:           {status: http.StatusForbidden, message: "User not authorized to operate on the specified resource."},
		objectPathMalformed: {status: http.StatusBadRequest, message: "The specified ObjectPath is malformed."},
		quotaSpent:          {status: http.StatusBadRequest, message: "Your quota of the day is exceeded."},
		taskIDMalformed:     {status: http.StatusBadRequest, message: "The specified TaskId is malformed."},
		throttled:           {status: http.StatusServiceUnavailable, message: "Request was denied due to request throttling."},
		tokenExpired:        {status: http.StatusBadRequest, message: "Specified SecurityToken is expired."},
		videoDamaged:        {status: http.StatusBadRequest, message: "The video is damaged."},
		videoNotFound:       {status: http.StatusNotFound, message: "The video does not exist."},

		actionNotFound:     {status: http.StatusNotFound, message: "Specified api is not found, please check your url and method."},
		illegalTimestamp:   {status: http.StatusBadRequest, message: "Specified Timestamp is not of the form yyyy-MM-ddTHH:mm:ssZ."},
		keyNotFound:        {status: http.StatusNotFound, message: "Specified access key is not found."},
		methodNotAllowed:   {status: http.StatusMethodNotAllowed, message: "Specified method is not supported, use GET or POST."},
		nonceUsed:          {status: http.StatusBadRequest, message: "Specified signature nonce was used already."},
		serviceUnavailable: {status: http.StatusServiceUnavailable, message: "The request has failed due to a temporary failure of the server."},
		timestampExpired:   {status: http.StatusBadRequest, message: "Specified time stamp or date value is expired."},
		tokenMissing:       {status: http.StatusBadRequest, message: "SecurityToken is mandatory for this action."},
		tokenUnexpected:    {status: http.StatusBadRequest, message: "Specified SecurityToken does not belong to the access key."},
	}
	r := known[c]
	r.code = string(c)
	return &r
}

func missingParameter(name string) *refusal {
	return &refusal{
		http.StatusBadRequest, "MissingParameter",
		fmt.Sprintf("The input parameter %q that is mandatory for processing this request is not supplied.", name),
	}
}

func invalidParameter(name string) *refusal {
	return &refusal{
		http.StatusBadRequest, "InvalidParameter",
		fmt.Sprintf("The specified parameter %q is not valid.", name),
	}
}

func illegalStatus(status string) *refusal {
	return &refusal{
		http.StatusForbidden, "Forbidden.IllegalStatus",
		fmt.Sprintf("Status of the video is illegal. Status is %s and AuditStatus is Init", status),
	}
}

// answer is what a call gets: a body for success, a refusal, or bytes that are
// no answer of the platform at all.
type answer struct {
	body    any
	refused *refusal
	raw     *rawAnswer
}

// rawAnswer is an answer as it comes out of a broken or foreign server.
type rawAnswer struct {
	status      int
	contentType string
	body        string
	reset       bool // no answer: the connection is cut
}

// status is the HTTP status, zero if there is no answer.
func (a answer) status() int {
	switch {
	case a.refused != nil:
		return a.refused.status
	case a.raw != nil:
		return a.raw.status
	case a.body != nil:
		return http.StatusOK
	default:
		return 0
	}
}

// code is the platform's error code, empty for success.
func (a answer) code() string {
	if a.refused != nil {
		return a.refused.code
	}
	return ""
}

// write sends the answer. Every error carries Code, Message, RequestId and
// HostId.
func (a answer) write(w http.ResponseWriter, host, id string) {
	body := a.body
	switch {
	case a.raw != nil && a.raw.reset:
		panic(http.ErrAbortHandler)
	case a.raw != nil:
		w.Header().Set("Content-Type", a.raw.contentType)
		w.WriteHeader(a.raw.status)
		_, _ = w.Write([]byte(a.raw.body))
		return
	case a.refused != nil:
		body = map[string]string{
			"Code": a.refused.code, "Message": a.refused.message, "RequestId": id, "HostId": host,
		}
	}
	w.Header().Set("Content-Type", "application/json;charset=utf-8")
	w.WriteHeader(a.status())
	_ = json.NewEncoder(w).Encode(body)
}
