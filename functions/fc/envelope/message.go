package envelope

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/core"
)

// Message is a message of an SMQ queue.
type Message struct {
	ID   string // the queue's, for logs; empty if it does not come along
	Body []byte // Base64 undone
}

// decodeQueue reads an array of messages, or one that is a JSON string.
func decodeQueue(payload []byte) (Event, error) {
	elements := []json.RawMessage{payload}
	if first(payload) == '[' {
		elements = nil
		if err := json.Unmarshal(payload, &elements); err != nil {
			return Event{}, core.Errorf(core.Invalid, "the event is not JSON")
		}
	}
	e := Event{Kind: Queue, Messages: make([]Message, len(elements))}
	for i, element := range elements {
		if !json.Valid(element) {
			return Event{}, core.Errorf(core.Invalid, "the event is not JSON")
		}
		e.Messages[i] = readMessage(element)
	}
	return e, nil
}

// readMessage finds the message in one element: a CloudEvent, a string that
// holds one, or what a transformation of the event stream left of it, down to
// the body alone. Where nothing is found the element itself is the body:
// whoever reads bodies says what is wrong with it, and nothing gets lost.
//
// Source: EventBridge, "event source: SMQ"; type mns:Queue:SendMessage.
func readMessage(element []byte) Message {
	if first(element) == '"' {
		var inner text
		if json.Unmarshal(element, &inner) != nil {
			return Message{Body: element}
		}
		if element = plain([]byte(inner)); first(bytes.TrimSpace(element)) != '{' {
			return Message{Body: element}
		}
	}
	var cloud struct {
		ID   text            `json:"id"`
		Data json.RawMessage `json:"data"`
	}
	if json.Unmarshal(element, &cloud) != nil || first(cloud.Data) == 0 || first(cloud.Data) == 'n' {
		return Message{ID: string(cloud.ID), Body: element}
	}
	m := Message{ID: string(cloud.ID)}
	data := []byte(cloud.Data)
	if first(data) == '"' { // the data as JSON inside a string, or the body at once
		var inner text
		if json.Unmarshal(data, &inner) != nil {
			return Message{ID: m.ID, Body: element}
		}
		data = plain([]byte(inner))
	}
	var message struct {
		MessageID   text  `json:"messageId"`
		MessageBody *text `json:"messageBody"`
	}
	if json.Unmarshal(data, &message) != nil || message.MessageBody == nil {
		m.Body = data
		return m
	}
	if message.MessageID != "" {
		m.ID = string(message.MessageID)
	}
	m.Body = plain([]byte(*message.MessageBody))
	return m
}

// plain undoes Base64, of which EventBridge undoes one layer (IsBase64Decode)
// and SDKs may add one. A message of ours is a JSON object and begins with a
// brace, which is no Base64, so the two cannot be mistaken for each other.
func plain(body []byte) []byte {
	trimmed := bytes.TrimSpace(body)
	if first(trimmed) == '{' {
		return body
	}
	decoded, err := base64.StdEncoding.DecodeString(string(trimmed))
	if err != nil || first(bytes.TrimSpace(decoded)) != '{' || !utf8.Valid(decoded) {
		return body
	}
	return decoded
}
