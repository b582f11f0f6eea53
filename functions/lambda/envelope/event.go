package envelope

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
)

// Event is what a function is invoked with; one of the three is set.
type Event struct {
	HTTP    *HTTP
	Records []Record // of an SQS queue
	Tick    bool     // of a schedule
}

// Record is a message that Lambda has received from a queue.
type Record struct {
	MessageID     string // by which it is reported as failed
	ReceiptHandle string
	Body          string
	Receives      int // how often it was received, this time included; 0 if that is not told
}

// payload is every event that is known, in one.
type payload struct {
	HTTP

	Records    []record `json:"Records"`
	DetailType string   `json:"detail-type"`
	Vodrefresh string   `json:"vodrefresh"`
}

// record is one of SQS, or what others have that looks alike.
type record struct {
	EventSource   string `json:"eventSource"`
	MessageID     string `json:"messageId"`
	ReceiptHandle text   `json:"receiptHandle"`
	Body          text   `json:"body"`
	Attributes    struct {
		ApproximateReceiveCount text `json:"ApproximateReceiveCount"`
	} `json:"attributes"`
}

// text is a JSON string. Whatever else stands in its place is empty, so that one
// message that is not as it has to be fails by itself, and not the whole batch.
type text string

// UnmarshalJSON implements [json.Unmarshaler].
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	_ = json.Unmarshal(data, &s)
	*t = text(s)
	return nil
}

// Decode reads an event. A schedule is that of EventBridge, or a payload of one's
// own, {"vodrefresh":"tick"}. The error is of kind Invalid and says what is known;
// it shows nothing of the event but the names of sources.
func Decode(event []byte) (Event, error) {
	var p payload
	if err := json.Unmarshal(event, &p); err != nil {
		return Event{}, &core.Error{Kind: core.Invalid, Message: "the event cannot be read: " + place(err), Err: err}
	}
	switch {
	case len(p.Records) > 0:
		records, err := records(p.Records)
		return Event{Records: records}, err
	case p.kind() != none:
		return Event{HTTP: &p.HTTP}, nil
	case p.DetailType == "Scheduled Event" || p.Vodrefresh == "tick":
		return Event{Tick: true}, nil
	}
	return Event{}, core.Errorf(core.Invalid, "the event is of no kind that is known: an HTTP request of a Function URL, an HTTP API, "+
		"a REST API or a load balancer, messages of SQS, a scheduled event of EventBridge or {\"vodrefresh\":\"tick\"}")
}

// place says where an event is not what it has to be, without showing it.
func place(err error) string {
	switch wrong := err.(type) { //nolint:errorlint // as encoding/json returns them
	case *json.UnmarshalTypeError:
		return fmt.Sprintf("%s must be of another type than %s", strings.TrimPrefix(wrong.Field, "HTTP."), wrong.Value)
	case *json.SyntaxError:
		return fmt.Sprintf("not JSON, from byte %d on", wrong.Offset)
	default:
		return "a value is not what it has to be"
	}
}

// records are those of SQS. Others are not for this program, and one without an ID
// could not be reported.
func records(all []record) ([]Record, error) {
	messages := make([]Record, len(all))
	for i, r := range all {
		if r.EventSource != "aws:sqs" {
			return nil, core.Errorf(core.Invalid, "record %d of %d is of %q, only aws:sqs is known", i+1, len(all), r.EventSource)
		}
		if r.MessageID == "" {
			return nil, core.Errorf(core.Invalid, "record %d of %d has no messageId", i+1, len(all))
		}
		receives, _ := strconv.Atoi(string(r.Attributes.ApproximateReceiveCount))
		messages[i] = Record{MessageID: r.MessageID, ReceiptHandle: string(r.ReceiptHandle), Body: string(r.Body), Receives: receives}
	}
	return messages, nil
}

// BatchResponse is the answer to messages of SQS: those that have to come again,
// all others are deleted.
//
// Source: AWS Lambda, "Handling errors for an SQS event source".
type BatchResponse struct {
	BatchItemFailures []ItemFailure `json:"batchItemFailures"` // empty, not null, for none
}

// ItemFailure is a message that has to come again.
type ItemFailure struct {
	ItemIdentifier string `json:"itemIdentifier"` // its message ID
}

// Failures is the answer that reports messages, in their order and each once.
func Failures(ids ...string) BatchResponse {
	response := BatchResponse{BatchItemFailures: make([]ItemFailure, 0, len(ids))}
	for _, id := range ids {
		if !slices.Contains(response.BatchItemFailures, ItemFailure{id}) {
			response.BatchItemFailures = append(response.BatchItemFailures, ItemFailure{id})
		}
	}
	return response
}
