package aliyun

import "github.com/vodrefresh/vodrefresh/events"

// The event types that decoding treats in a way of their own.
const (
	streamTranscodeComplete = "StreamTranscodeComplete"
	workflowTaskComplete    = "WorkflowTaskComplete"
)

// known is an event type and what it means.
type known struct {
	name string
	kind events.Kind
}

// table is sorted by name. Images and attached media (watermarks, subtitles)
// have no play URLs that could be refreshed, so their uploads count as Other;
// so does a finished workflow, because it is not documented how to read from it
// what its tasks did.
func table() [22]known {
	return [...]known{
		{"AIMediaAuditComplete", events.Reviewed},
		{"AIMediaDNAComplete", events.Other},
		{"AIVideoTagComplete", events.Other},
		{"AddLiveRecordVideoComplete", events.Uploaded},
		{"AttachedMediaUploadComplete", events.Other},
		{"CreateAuditComplete", events.Reviewed},
		{"DeleteMediaComplete", events.Deleted},
		{"DynamicImageComplete", events.Other},
		{"FileUploadComplete", events.Uploaded},
		{"ImageUploadComplete", events.Other},
		{"LiveRecordVideoComposeStart", events.Other},
		{"MediaBaseChangeComplete", events.Other},
		{"ProduceMediaComplete", events.Uploaded},
		{"RestoreMediaComplete", events.Restored},
		{"SnapshotComplete", events.Other},
		{streamTranscodeComplete, events.StreamTranscoded},
		{"SubmitMediaRefreshComplete", events.RefreshSubmitted},
		{"TranscodeComplete", events.Transcoded},
		{"UpdateMediaStorageClassComplete", events.Other},
		{"UploadByURLComplete", events.Uploaded},
		{"VideoAnalysisComplete", events.Other},
		{workflowTaskComplete, events.Other},
	}
}

// Types returns the event types of the VOD user guide ("Events", 2026), sorted:
// 22 types out of 23 topics, because UploadByURLComplete has two, one for a file
// and one for a stream. The pseudo-types ALL and AIComplete of
// SetMessageCallback are not among them: no event carries them.
func Types() []string {
	var types []string
	for _, known := range table() {
		types = append(types, known.name)
	}
	return types
}

// Kind returns what an event type means, or [events.Unknown] for one that is
// not in [Types]. Event types are compared as they are, case included.
func Kind(eventType string) events.Kind {
	for _, known := range table() {
		if known.name == eventType {
			return known.kind
		}
	}
	return events.Unknown
}
