package aliyun_test

import "github.com/vodrefresh/vodrefresh/events"

// changes are the golden events of media that change without a new stream.
func changes() map[string]events.Event {
	done := func(kind events.Kind) events.Event {
		return events.Event{Kind: kind, MediaID: media, Status: events.Success}
	}
	failed := func(kind events.Kind, code, message string) events.Event {
		return events.Event{
			Kind: kind, MediaID: media, Status: events.Failure, ErrorCode: code, ErrorMessage: message,
		}
	}
	submitted := done(events.RefreshSubmitted)
	submitted.JobIDs = []string{job}
	notSubmitted := failed(events.RefreshSubmitted, "PreloadQueueFull", "Preload queue is full, please try again later.")
	notSubmitted.JobIDs = []string{job}
	animated := events.Event{Kind: events.Other, MediaID: video, Status: events.Success, JobIDs: []string{job}}
	return map[string]events.Event{
		"SnapshotComplete_success": {
			Kind: events.Other, MediaID: video, Status: events.Success, JobIDs: []string{job1},
		},
		"SnapshotComplete_fail": {
			Kind: events.Other, MediaID: video, Status: events.Failure, JobIDs: []string{job1},
		},
		"SnapshotComplete_trap_no_video_id_no_status": {
			Kind: events.Other, Status: events.Success, Extend: "test data", JobIDs: []string{job1, job2},
		},
		"DynamicImageComplete_success":                         animated,
		"DynamicImageComplete_trap_job_info_object":            animated,
		"DeleteMediaComplete_success":                          done(events.Deleted),
		"DeleteMediaComplete_fail":                             failed(events.Deleted, "InvalidVideo.NotFound", "The video does not exist."),
		"MediaBaseChangeComplete_success":                      done(events.Other),
		"MediaBaseChangeComplete_trap_media_content_object":    done(events.Other),
		"MediaBaseChangeComplete_trap_media_content_in_string": done(events.Other),
		"UpdateMediaStorageClassComplete_success":              done(events.Other),
		"UpdateMediaStorageClassComplete_failed":               failed(events.Other, "NoSuchKey", "OSS bucket or object does not exist"),
		"RestoreMediaComplete_success":                         done(events.Restored),
		"RestoreMediaComplete_failed":                          failed(events.Restored, "NoSuchKey", "OSS bucket or object does not exist"),
		"SubmitMediaRefreshComplete_success":                   submitted,
		"SubmitMediaRefreshComplete_fail":                      notSubmitted,
		"SubmitMediaRefreshComplete_trap_task_type_lower_case": submitted,
	}
}
