package aliyun

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// callback is the union of the bodies of all event types, as far as an
// [events.Event] needs them. It is decoded in one pass. Keys are matched
// without regard to case, so that FileUrl is also found as FileURL.
type callback struct {
	EventType text
	EventTime stamp
	Status    status
	Extend    passthrough

	VideoID         text `json:"VideoId"`
	MediaID         text `json:"MediaId"`
	ImageID         text `json:"ImageId"`
	AttachedMediaID text `json:"AttachedMediaId"`

	JobID             text `json:"JobId"`
	MediaRefreshJobID text `json:"MediaRefreshJobId"`
	TaskID            text `json:"TaskId"`

	ErrorCode    text
	ErrorMessage text
	// Documented samples of UploadByURLComplete have keys that end in a blank.
	// Whether real bodies do is not known.
	ErrorCodeBlank    text `json:"ErrorCode "`
	ErrorMessageBlank text `json:"ErrorMessage "`
	// AI events have Code 0 and Message OK when all is well.
	Code    text
	Message text

	// The one stream of StreamTranscodeComplete.
	Format     format
	Definition definition
	FileURL    text `json:"FileUrl"`

	StreamInfos   []stream
	SnapshotInfos []snapshot

	AuditStatus text
	Data        json.RawMessage

	room [4]stream // where StreamInfos begins: the usual few streams need no memory of their own
}

type stream struct {
	Status     status
	Format     format
	Definition definition
	FileURL    text `json:"FileUrl"`
	JobID      text `json:"JobId"`
}

type snapshot struct {
	Status status
	JobID  text `json:"JobId"`
}

// event says the same in the words of every provider.
func (c *callback) event(raw []byte) events.Event {
	kind := Kind(string(c.EventType))
	code, message := c.failure()
	return events.Event{
		Provider:     events.Aliyun,
		Type:         string(c.EventType),
		Kind:         kind,
		MediaID:      string(cmp.Or(c.VideoID, c.MediaID, c.ImageID, c.AttachedMediaID)),
		Time:         time.Time(c.EventTime),
		Status:       c.status(),
		Review:       c.review(kind),
		Streams:      c.streams(),
		Extend:       string(c.Extend),
		JobIDs:       c.jobIDs(),
		ErrorCode:    code,
		ErrorMessage: message,
		Raw:          raw,
	}
}

// status is the event's own, or else, because SnapshotComplete has none, that
// of its snapshots: success if one of them succeeded.
func (c *callback) status() events.Status {
	best := events.Status(c.Status)
	if best != events.StatusAbsent {
		return best
	}
	for _, s := range c.SnapshotInfos {
		switch status := events.Status(s.Status); {
		case status == events.Success:
			return events.Success
		case best == events.StatusAbsent, status == events.Failure:
			best = status
		}
	}
	return best
}

// streams are those of StreamInfos, or the one that StreamTranscodeComplete
// describes at the top.
func (c *callback) streams() []events.Stream {
	infos := c.StreamInfos
	if c.EventType == streamTranscodeComplete {
		infos = []stream{{
			Status: c.Status, Format: c.Format, Definition: c.Definition, FileURL: c.FileURL, JobID: c.JobID,
		}}
	}
	if len(infos) == 0 {
		return nil
	}
	streams := make([]events.Stream, len(infos))
	for i := range infos {
		s := &infos[i]
		streams[i] = events.Stream{
			Format:     string(s.Format),
			Definition: string(s.Definition),
			Status:     events.Status(s.Status),
			JobID:      string(s.JobID),
			URL:        string(s.FileURL),
		}
	}
	return streams
}

// jobIDs are the event's own, then those of its parts.
func (c *callback) jobIDs() []string {
	var ids []string
	add := func(id text) {
		if id == "" {
			return
		}
		if ids == nil {
			ids = make([]string, 0, 1+len(c.StreamInfos)+len(c.SnapshotInfos))
		}
		ids = append(ids, string(id))
	}
	add(c.MediaRefreshJobID)
	add(c.JobID)
	if c.EventType == workflowTaskComplete {
		add(c.TaskID)
	}
	for i := range c.StreamInfos {
		add(c.StreamInfos[i].JobID)
	}
	for i := range c.SnapshotInfos {
		add(c.SnapshotInfos[i].JobID)
	}
	return ids
}

// failure is the code and message of what went wrong, wherever they stand.
func (c *callback) failure() (code, message string) {
	code = string(cmp.Or(c.ErrorCode, c.ErrorCodeBlank))
	message = string(cmp.Or(c.ErrorMessage, c.ErrorMessageBlank))
	if code == "" && c.Code != "" && c.Code != "0" && !strings.EqualFold(string(c.Code), "ok") {
		code, message = string(c.Code), cmp.Or(message, string(c.Message))
	}
	return code, message
}

// review is the verdict of a person (AuditStatus) or of a machine (the
// Suggestion in Data).
func (c *callback) review(kind events.Kind) events.Review {
	if kind != events.Reviewed {
		return events.ReviewAbsent
	}
	word := []byte(cmp.Or(c.AuditStatus, suggestion(c.Data)))
	switch {
	case fold(word, "block", "blocked") != "":
		return events.Blocked
	case fold(word, "pass", "passed", "normal") != "":
		return events.Passed
	case fold(word, "review") != "":
		return events.Undecided
	}
	return events.ReviewAbsent
}

// suggestion finds the overall verdict in the Data of AIMediaAuditComplete,
// which is an object, or JSON inside a string.
func suggestion(data json.RawMessage) text {
	if len(data) == 0 {
		return ""
	}
	if inner, ok := scalar(data); ok {
		data = inner
	}
	var result struct{ Suggestion text }
	if err := json.Unmarshal(data, &result); err != nil {
		return ""
	}
	return result.Suggestion
}

// compact drops the blanks between the tokens of valid JSON.
func compact(data []byte) string {
	var b bytes.Buffer
	if err := json.Compact(&b, data); err != nil {
		return ""
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD")
}
