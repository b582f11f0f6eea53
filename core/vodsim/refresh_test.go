package vodsim_test

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

func TestRefreshParameters(t *testing.T) {
	t.Parallel()
	ids := strings.Split(strings.Repeat("a", 20), "")
	for i := range ids {
		ids[i] += strconv.Itoa(i)
	}
	tests := []struct {
		name, param, value string // an empty value removes the parameter
		code               string
	}{
		{"no media", "MediaIds", "", "MissingParameter"},
		{"only blanks", "MediaIds", "  ", "MissingParameter"},
		{"only commas", "MediaIds", " , ", "InvalidParameter"},
		{"20 media", "MediaIds", strings.Join(ids, ", "), ""},
		{"21 media", "MediaIds", strings.Join(ids, ",") + ",b", "InvalidParameter"},
		{"21 with a double", "MediaIds", strings.Join(ids, ",") + ",a0", "InvalidParameter"},
		{"no task type", "TaskType", "", "MissingParameter"},
		{"preload", "TaskType", "Preload", ""},
		{"lower case", "TaskType", "refresh", "InvalidParameter"},
		{"formats", "Formats", "mp4,m3u8,mp3,flv,webm,ts", ""},
		{"unknown format", "Formats", "mp4,avi", "InvalidParameter"},
		{"definitions", "Definitions", "FD,LD,SD,HD,2K,4K,OD,SQ,HQ,AUTO", ""},
		{"template suffix", "Definitions", "HD-MP4", "InvalidParameter"},
		{"stream type", "StreamType", "video,audio", ""},
		{"unknown stream type", "StreamType", "text", "InvalidParameter"},
		{"multiple", "ResultType", "Multiple", ""},
		{"unknown result type", "ResultType", "All", "InvalidParameter"},
		{"slice flag", "SliceFlag", "true", ""},
		{"unknown slice flag", "SliceFlag", "yes", "InvalidParameter"},
		{"20 slices", "SliceCount", "20", ""},
		{"no slices", "SliceCount", "0", "InvalidParameter"},
		{"21 slices", "SliceCount", "21", "InvalidParameter"},
		{"some slices", "SliceCount", "some", "InvalidParameter"},
		{"user data", "UserData", `{"Extend":"x"}`, ""},
		{"no JSON", "UserData", "x", "InvalidParameter"},
		{"no object", "UserData", "null", "InvalidParameter"},
		{"unknown parameter", "MediaId", "a", "InvalidParameter"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
			params := map[string]string{"MediaIds": "a", "TaskType": "Refresh"}
			params[tt.param] = tt.value
			var pairs []string
			for name, value := range params {
				pairs = append(pairs, name, value)
			}
			got := p.call("RefreshMediaPlayUrls", pairs...)
			if tt.code == "" {
				p.refused(got, http.StatusOK, "")
				return
			}
			p.refused(got, http.StatusBadRequest, tt.code)
			if !strings.Contains(got.text("Message"), tt.param) {
				t.Errorf("message %q does not name %s", got.text("Message"), tt.param)
			}
		})
	}
}

func TestRejectedMedia(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, ids          string
		job                bool
		missing, forbidden string
	}{
		{"all known", "known", true, "", ""},
		{"some missing", "known, ghost,spirit", true, "ghost,spirit", ""},
		{"some forbidden", "foreign,known", true, "", "foreign"},
		{"none left", "ghost,foreign", false, "ghost", "foreign"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{})
			p.AddMedia(vodsim.Media{ID: "known"})
			p.AddMedia(vodsim.Media{ID: "foreign", Forbidden: true})
			got := p.must("RefreshMediaPlayUrls", "MediaIds", tt.ids, "TaskType", "Refresh")
			if has := got.text("MediaRefreshJobId") != ""; has != tt.job {
				t.Errorf("job ID %q, want one: %v", got.text("MediaRefreshJobId"), tt.job)
			}
			if got.text("NonExistMediaIds") != tt.missing || got.text("ForbiddenMediaIds") != tt.forbidden {
				t.Errorf("NonExist %q, Forbidden %q, want %q and %q",
					got.text("NonExistMediaIds"), got.text("ForbiddenMediaIds"), tt.missing, tt.forbidden)
			}
		})
	}
}

func TestAnyMedia(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
	got := p.must("RefreshMediaPlayUrls", "MediaIds", "missing-1,new,forbidden-2", "TaskType", "Refresh")
	if got.text("NonExistMediaIds") != "missing-1" || got.text("ForbiddenMediaIds") != "forbidden-2" {
		t.Errorf("answer %v, want missing-1 missing and forbidden-2 forbidden", got.body)
	}
}

func TestIllegalStatus(t *testing.T) {
	t.Parallel()
	for status, legal := range map[string]bool{"Uploading": false, "Transcoding": false, "Normal": true, "Blocked": true} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
			p.AddMedia(vodsim.Media{ID: "m", Status: status})
			for _, call := range [][]string{
				{"RefreshMediaPlayUrls", "MediaIds", "other,m", "TaskType", "Refresh"}, {"GetPlayInfo", "VideoId", "m"},
			} {
				got := p.call(call[0], call[1:]...)
				if legal {
					p.refused(got, http.StatusOK, "")
					continue
				}
				p.refused(got, http.StatusForbidden, "Forbidden.IllegalStatus")
				if !strings.Contains(got.text("Message"), "Status is "+status) {
					t.Errorf("message %q does not name the status", got.text("Message"))
				}
			}
		})
	}
}

func TestStreamsChosen(t *testing.T) {
	t.Parallel()
	streams := []vodsim.Stream{
		{Format: "mp4", Definition: "SD", URL: "https://a.example/old.mp4"},
		{Format: "mp4", Definition: "HD", URL: "https://a.example/hd.mp4"},
		{Format: "mp4", Definition: "SD", URL: "https://a.example/new.mp4"},
		{Format: "m3u8", Definition: "SD", URL: "https://a.example/sd.m3u8"},
		{Format: "mp3", Definition: "SQ", URL: "https://a.example/sq.mp3"},
	}
	tests := []struct {
		name   string
		params []string
		want   string
	}{
		{"latest of each", nil, "hd.mp4 new.mp4 sd.m3u8 sq.mp3"},
		{"all", []string{"ResultType", "Multiple"}, "old.mp4 hd.mp4 new.mp4 sd.m3u8 sq.mp3"},
		{"format", []string{"Formats", "mp4, mp3"}, "hd.mp4 new.mp4 sq.mp3"},
		{"definition", []string{"Definitions", "SD"}, "new.mp4 sd.m3u8"},
		{"audio", []string{"StreamType", "audio"}, "sq.mp3"},
		{"slices", []string{"Formats", "m3u8", "SliceFlag", "true", "SliceCount", "2"}, "sd.m3u8 sd-00001.ts sd-00002.ts"},
		{"count without flag", []string{"Formats", "m3u8", "SliceCount", "2"}, "sd.m3u8"},
		{"none", []string{"Definitions", "4K"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, fake := newPlatform(t, vodsim.Config{})
			p.AddMedia(vodsim.Media{ID: "m", Streams: streams})
			job := p.must("RefreshMediaPlayUrls", append(tt.params, "MediaIds", "m", "TaskType", "Refresh")...)
			fake.Advance(time.Second)
			entry := entries(p, job)[0]
			got := strings.Fields(strings.NewReplacer("https://a.example/", "", ",", " ").Replace(entry.text("SuccessPlayUrls")))
			if want := strings.Fields(tt.want); !slices.Equal(got, want) {
				t.Errorf("URLs %v, want %v", got, want)
			}
		})
	}
}
