package command

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

// sample is the body of a callback as VOD would send it.
type sample struct {
	EventType   string
	EventTime   string
	VideoID     string         `json:"VideoId,omitempty"`
	MediaID     string         `json:"MediaId,omitempty"`
	Status      string         `json:",omitempty"`
	JobID       string         `json:"JobId,omitempty"`
	FileURL     string         `json:"FileUrl,omitempty"`
	Format      string         `json:",omitempty"`
	Definition  string         `json:",omitempty"`
	AuditStatus string         `json:",omitempty"`
	StreamInfos []sampleStream `json:",omitempty"`
	ErrorCode   string         `json:",omitempty"`
}

type sampleStream struct {
	Status, Format, Definition, FileURL string
	JobID                               string `json:"JobId"`
}

// newSample makes a callback of a type about a media, that happened at a time.
// A type that VOD does not have makes an event that no decoder knows.
func newSample(eventType, media string, at time.Time, failed bool) sample {
	s := sample{EventType: eventType, EventTime: at.UTC().Format(time.RFC3339), Status: "success"}
	if failed {
		s.Status, s.ErrorCode = "fail", "InvalidParameter.ResourceContentBad"
	}
	kind := aliyun.Kind(eventType)
	if kind == events.Reviewed || strings.Contains(eventType, "Media") || strings.Contains(eventType, "AI") {
		s.MediaID = media
	} else {
		s.VideoID = media
	}
	switch kind {
	case events.Uploaded:
		s.FileURL = "http://bucket.example.com/sv/" + media + ".mp4"
	case events.StreamTranscoded:
		s.Format, s.Definition, s.JobID = "m3u8", "HD", "job-"+media
	case events.Transcoded:
		for _, definition := range []string{"LD", "SD", "HD"} {
			s.StreamInfos = append(s.StreamInfos, sampleStream{
				Status: s.Status, Format: "m3u8", Definition: definition, JobID: "job-" + definition,
				FileURL: "http://bucket.example.com/" + media + "/" + strings.ToLower(definition) + ".m3u8",
			})
		}
	case events.Reviewed:
		s.AuditStatus = "Blocked"
	default: // nothing but the common fields
	}
	return s
}

// body is the JSON text of a sample.
func (s sample) body() ([]byte, error) { return json.Marshal(s) }
