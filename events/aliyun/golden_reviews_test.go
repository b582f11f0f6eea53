package aliyun_test

import (
	"time"

	"github.com/vodrefresh/vodrefresh/events"
)

// reviews are the golden events of people and machines that looked at a media.
func reviews() map[string]events.Event {
	audited := func(verdict events.Review) events.Event {
		return events.Event{
			Kind: events.Reviewed, MediaID: media, Status: events.Success, Review: verdict, JobIDs: []string{job},
		}
	}
	withColon := audited(events.Passed)
	withColon.Time = time.Date(2026, 10, 20, 10, 29, 46, 540_000_000, time.UTC)
	analysed := events.Event{Kind: events.Other, MediaID: media, Status: events.Success, JobIDs: []string{job}}
	return map[string]events.Event{
		"CreateAuditComplete_blocked": {
			Kind: events.Reviewed, MediaID: media, Status: events.Success, Review: events.Blocked,
		},
		"CreateAuditComplete_normal": {
			Kind: events.Reviewed, MediaID: media, Status: events.Success, Review: events.Passed,
		},
		"AIMediaAuditComplete_review":               audited(events.Undecided),
		"AIMediaAuditComplete_block":                audited(events.Blocked),
		"AIMediaAuditComplete_trap_data_in_string":  audited(events.Passed),
		"AIMediaAuditComplete_trap_time_with_colon": withColon,
		"AIMediaAuditComplete_fail": {
			Kind: events.Reviewed, MediaID: media, Status: events.Failure, JobIDs: []string{job},
			ErrorCode: "InvalidMedia.NotFound", ErrorMessage: "The media does not exist.",
		},
		"AIMediaDNAComplete_success":          analysed,
		"AIMediaDNAComplete_trap_data_object": analysed,
		"AIVideoTagComplete_success":          analysed,
		"AIVideoTagComplete_fail": {
			Kind: events.Other, MediaID: media, Status: events.Failure, JobIDs: []string{job},
			ErrorCode: "500", ErrorMessage: "tagging failed",
		},
		"AIVideoCensorComplete_unknown": {
			Kind: events.Unknown, MediaID: media, Status: events.Success, JobIDs: []string{job},
		},
	}
}
