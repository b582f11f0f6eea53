package aliyun_test

import "github.com/vodrefresh/vodrefresh/events"

// ready is a stream of TranscodeComplete, in the file that the fixtures give it.
func ready(definition, format, jobID, file string) events.Stream {
	return events.Stream{
		Definition: definition, Format: format, Status: events.Success, JobID: jobID,
		URL: source + video + "/" + file,
	}
}

// transcodings are the golden events of streams that become ready.
func transcodings() map[string]events.Event {
	single := events.Event{
		Kind: events.StreamTranscoded, MediaID: video, Status: events.Success, JobIDs: []string{job},
		Streams: []events.Stream{ready("LD", "mp4", job, "52a53151-ld.mp4")},
	}
	withExtend := single
	withExtend.Extend = "test data"
	return map[string]events.Event{
		"StreamTranscodeComplete_success":               single,
		"StreamTranscodeComplete_trap_extend_free_text": withExtend,
		"StreamTranscodeComplete_trap_file_url_case":    single,
		"StreamTranscodeComplete_trap_numbers_and_strings_swapped": {
			Kind: events.StreamTranscoded, MediaID: "10203040", Status: events.Success, JobIDs: []string{"4711"},
			Streams: []events.Stream{{
				Definition: "LD", Format: "mp4", Status: events.Success, JobID: "4711", URL: source + "v/52a53151-ld.mp4",
			}},
		},
		"StreamTranscodeComplete_fail": {
			Kind: events.StreamTranscoded, MediaID: video, Status: events.Failure, JobIDs: []string{job},
			Streams:   []events.Stream{{Definition: "HD", Format: "m3u8", Status: events.Failure, JobID: job}},
			ErrorCode: "InvalidParameter.ResourceContentBad", ErrorMessage: "The resource operated InputFile is bad",
		},
		"TranscodeComplete_success": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, JobIDs: []string{job1, job2, job3},
			Streams: []events.Stream{
				ready("SD", "m3u8", job1, "0de41003-sd.m3u8"),
				ready("FD", "m3u8", job2, "ffd3e9d9-fd.m3u8"),
				ready("LD", "mp4", job3, "eaddc2b2-ld.mp4"),
			},
		},
		"TranscodeComplete_partly_failed": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, JobIDs: []string{job1, job2},
			Streams: []events.Stream{
				ready("SD", "m3u8", job1, "0de41003-sd.m3u8"),
				{Definition: "HD", Format: "m3u8", Status: events.Failure, JobID: job2},
			},
		},
		"TranscodeComplete_fail": {
			Kind: events.Transcoded, MediaID: video, Status: events.Failure, JobIDs: []string{job1},
			Streams: []events.Stream{{Definition: "HD", Format: "m3u8", Status: events.Failure, JobID: job1}},
		},
		"TranscodeComplete_trap_definition_suffix": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, JobIDs: []string{job1, job2, job3},
			Streams: []events.Stream{
				ready("HD", "mp4", job1, "0de41003-hd-mp4.mp4"),
				ready("2K", "m3u8", job2, "ffd3e9d9-2k-nbv.m3u8"),
				ready("", "", job3, "eaddc2b2-vip.mkv"),
			},
		},
		"TranscodeComplete_trap_definition_is_no_quality": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, JobIDs: []string{job1},
			Streams: []events.Stream{ready("SD", "mp4", job1, "0de41003-sd.mp4")},
		},
		"TranscodeComplete_trap_undocumented_fields": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, JobIDs: []string{job1},
			Streams: []events.Stream{ready("SQ", "mp3", job1, "0de41003-sq.mp3")},
		},
		"TranscodeComplete_trap_types_of_get_play_info": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, JobIDs: []string{job1},
			Streams: []events.Stream{ready("OD", "mp4", job1, "0de41003-od.mp4")},
		},
		"TranscodeComplete_trap_extend_object": {
			Kind: events.Transcoded, MediaID: video, Status: events.Success, Extend: `{"app":"shop","n":[1,2]}`,
		},
		"WorkflowTaskComplete_succeed": {
			Kind: events.Other, MediaID: video, Status: events.Success, JobIDs: []string{task},
		},
		"WorkflowTaskComplete_failed": {
			Kind: events.Other, MediaID: video, Status: events.Failure, JobIDs: []string{task},
		},
	}
}
