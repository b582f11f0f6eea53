package aliyun_test

import "github.com/vodrefresh/vodrefresh/events"

// uploads are the golden events of sources that arrive.
func uploads() map[string]events.Event {
	byURLFailed := events.Event{
		Kind: events.Uploaded, Status: events.Failure, JobIDs: []string{job},
		ErrorCode: "URLInvalidError", ErrorMessage: "download video failed by the url, please check it",
	}
	return map[string]events.Event{
		"FileUploadComplete_success": {
			Kind: events.Uploaded, MediaID: video, Status: events.Success, Extend: `{"test":"your extend data"}`,
		},
		"ImageUploadComplete_success":         {Kind: events.Other, MediaID: image, Status: events.Success},
		"AttachedMediaUploadComplete_success": {Kind: events.Other, MediaID: attached, Status: events.Success},
		"UploadByURLComplete_success": {
			Kind: events.Uploaded, MediaID: video, Status: events.Success, JobIDs: []string{job},
		},
		"UploadByURLComplete_stream": {
			Kind: events.Uploaded, MediaID: video, Status: events.Success, JobIDs: []string{job},
		},
		"UploadByURLComplete_fail":                   byURLFailed,
		"UploadByURLComplete_trap_keys_end_in_blank": byURLFailed,
		"AddLiveRecordVideoComplete_success":         {Kind: events.Uploaded, MediaID: video, Status: events.Success},
		"AddLiveRecordVideoComplete_fail": {
			Kind: events.Uploaded, Status: events.Failure,
			ErrorCode: "InternalError", ErrorMessage: "recording was lost",
		},
		"LiveRecordVideoComposeStart_success": {Kind: events.Other, MediaID: video, Status: events.Success},
		"ProduceMediaComplete_success":        {Kind: events.Uploaded, MediaID: media, Status: events.Success},
		"ProduceMediaComplete_fail": {
			Kind: events.Uploaded, MediaID: media, Status: events.Failure,
			ErrorCode: "InvalidParameter.ResourceContentBad", ErrorMessage: "The resource operated InputFile is bad",
		},
		"VideoAnalysisComplete_trap_numbers_as_strings": {Kind: events.Other, MediaID: video, Status: events.Success},
		"VideoAnalysisComplete_fail": {
			Kind: events.Other, MediaID: video, Status: events.Failure,
			ErrorCode: "InvalidParameter.ResourceContentBad", ErrorMessage: "The resource operated InputFile is bad",
		},
	}
}
