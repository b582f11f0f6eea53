package envelopetest

import (
	"encoding/json"
	"strconv"
)

// Queue is a batch of messages as EventBridge takes it out of an SMQ queue.
func Queue(bodies ...string) []byte {
	type data struct {
		RequestID   string `json:"requestId"`
		MessageID   string `json:"messageId"`
		MessageBody string `json:"messageBody"`
	}
	type cloudEvent struct {
		ID          string `json:"id"`
		Source      string `json:"source"`
		SpecVersion string `json:"specversion"`
		Type        string `json:"type"`
		Subject     string `json:"subject"`
		Time        string `json:"time"`
		Data        data   `json:"data"`
	}
	all := make([]cloudEvent, len(bodies))
	for i, body := range bodies {
		n := strconv.Itoa(i + 1)
		all[i] = cloudEvent{
			ID: n, Source: "vodrefresh", SpecVersion: "1.0", Type: "mns:Queue:SendMessage",
			Subject: "acs:mns:cn-shanghai:123456789012:queues/vod-events", Time: "2026-05-28T20:26:41.123Z",
			Data: data{RequestID: "request-" + n, MessageID: "message-" + n, MessageBody: body},
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // of texts alone
	}
	return text
}

// Timer is the tick of a timer trigger.
func Timer() []byte {
	return []byte(`{"triggerTime":"2026-05-28T20:27:00Z","triggerName":"every-minute","payload":""}`)
}
