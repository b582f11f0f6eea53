package command

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// demoCase is a callback of the demo, with what is special about it.
type demoCase struct {
	what   string
	sample sample
	at     time.Time // when it was signed
	forged bool      // with a key that is not registered
}

// demoCases are the callbacks that a receiver meets in its life.
func demoCases(now time.Time) []demoCase {
	first, second, third := newMediaID(), newMediaID(), newMediaID()
	transcoded := newSample("TranscodeComplete", second, now, false)
	old := now.Add(-10 * time.Minute)
	return []demoCase{
		{"an upload", newSample("FileUploadComplete", first, now, false), now, false},
		{"a transcode, 3 streams", transcoded, now, false},
		{"the same again", transcoded, now, false},
		{"a failed transcode", newSample("TranscodeComplete", third, now, true), now, false},
		{"an unknown event", newSample("SomethingNewComplete", third, now, false), now, false},
		{"a bad signature", newSample("TranscodeComplete", third, now, false), now, true},
		{"a stale one, 10 min old", newSample("TranscodeComplete", third, old, false), old, false},
	}
}

// poster sends a callback and returns the status and the body of the answer.
type poster func(ctx context.Context, to string, header http.Header, body []byte) (int, string, error)

// send posts the case and reads the answer.
func (c demoCase) send(ctx context.Context, post poster, to string, header http.Header) (demoCallback, error) {
	body, err := c.sample.body()
	if err != nil {
		return demoCallback{}, err
	}
	status, text, err := post(ctx, to, header, body)
	if err != nil {
		return demoCallback{}, err
	}
	sent := demoCallback{EventType: c.sample.EventType, MediaID: c.sample.VideoID, HTTPStatus: status, what: c.what}
	var answer struct {
		callback.Answer
		problem.Details
	}
	if err := json.Unmarshal([]byte(text), &answer); err != nil {
		return demoCallback{}, fmt.Errorf("the answer is not JSON: %w", err)
	}
	switch status {
	case http.StatusOK:
		sent.Verdict, sent.why, sent.jobID = answer.Verdict, string(answer.Reason), answer.JobID
	case http.StatusForbidden:
		sent.Verdict, sent.why = callback.Refused, answer.Detail
	default:
		sent.Verdict, sent.why = callback.Verdict(core.Failed), answer.Detail
	}
	return sent, nil
}
