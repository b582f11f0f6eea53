package command

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// demoCase is a callback of the demo.
type demoCase struct {
	what string
	letter
}

// demoCases are the callbacks that a receiver meets in its life, of the providers
// that are set up.
func (s *session) demoCases(cfg config.Config) ([]demoCase, error) {
	now := s.Clock.Now()
	first, second, third := newMediaID(), newMediaID(), newMediaID()
	var all []demoCase
	if cfg.HasAliyun() {
		for _, c := range []struct {
			what string
			writing
		}{
			{"an upload", writing{eventType: "FileUploadComplete", media: first, at: now}},
			{"a transcode, 3 streams", writing{eventType: "TranscodeComplete", media: second, at: now}},
			{"the same again", writing{eventType: "TranscodeComplete", media: second, at: now}},
			{"a failed transcode", writing{eventType: "TranscodeComplete", media: third, at: now, failed: true}},
			{"an unknown event", writing{eventType: "SomethingNewComplete", media: third, at: now}},
			{"a bad signature", writing{eventType: "TranscodeComplete", media: third, at: now, forged: true}},
			{"a stale one, 10 min old", writing{eventType: "TranscodeComplete", media: third, at: now.Add(-10 * time.Minute)}},
		} {
			l, err := s.seal(cfg, c.writing)
			if err != nil {
				return nil, err
			}
			all = append(all, demoCase{c.what, l})
		}
	}
	if !cfg.HasHuawei() {
		return all, nil
	}
	transcoded, err := s.write(cfg, writing{provider: "huawei", channel: "mfs", media: newMediaID(), at: now})
	if err != nil {
		return nil, err
	}
	blocked, err := s.write(cfg, writing{provider: "huawei", channel: "smn", eventType: "reviewComplete", media: newMediaID(), at: now})
	if err != nil {
		return nil, err
	}
	strange := cfg
	strange.SMNTopics = []string{simulatorTopic + "-of-somebody-else"}
	foreign, err := s.write(strange, writing{provider: "huawei", channel: "smn", media: newMediaID(), at: now})
	return append(all,
		demoCase{"huawei, over MFS", transcoded}, demoCase{"a replay of it", transcoded},
		demoCase{"over SMN: taken down", blocked}, demoCase{"another tenant's topic", foreign},
	), err
}

// poster sends a callback and returns the status and the body of the answer.
type poster func(ctx context.Context, to string, header http.Header, body []byte) (int, string, error)

// send posts the case and reads the answer.
func (c demoCase) send(ctx context.Context, post poster) (demoCallback, error) {
	status, text, err := post(ctx, c.to, c.header, c.body)
	if err != nil {
		return demoCallback{}, err
	}
	sent := demoCallback{
		Provider: c.event.Provider, EventType: c.event.Type, MediaID: c.event.MediaID, HTTPStatus: status, what: c.what,
	}
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
