package aliyun_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

func TestMedia(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)
	for _, tc := range []struct {
		name, body string
		want       core.MediaInfo
		wrong      string
	}{
		{
			name: "normal",
			body: `{"RequestId":"R","Video":{"VideoId":"m1","Status":"Normal","CreationTime":"2026-03-01T02:03:04Z","Size":10897890,"CateId":null}}`,
			want: core.MediaInfo{ID: "m1", Status: "Normal", Created: created},
		},
		{
			name: "a time with an offset",
			body: `{"Video":{"VideoId":"m1","Status":"Uploading","CreationTime":"2026-03-01T10:03:04+08:00"}}`,
			want: core.MediaInfo{ID: "m1", Status: "Uploading", Created: created},
		},
		{
			name: "an unreadable time",
			body: `{"Video":{"VideoId":"m1","Status":"Blocked","CreationTime":"yesterday"}}`,
			want: core.MediaInfo{ID: "m1", Status: "Blocked"},
		},
		{name: "another media", body: `{"RequestId":"R","Video":{"VideoId":"m2"}}`, wrong: "not about the media that was asked for (request R)"},
		{name: "no media", body: `{"RequestId":"R"}`, wrong: "not about the media"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{"GetVideoInfo": answer(200, tc.body)})
			got, err := client(t, s.URL).Media(t.Context(), "m1")
			if tc.wrong != "" {
				wantError(t, err, core.Internal, tc.wrong)
				return
			}
			if err != nil || got != tc.want {
				t.Errorf("media %+v, %v, want %+v", got, err, tc.want)
			}
			if sent := parameters(s.asked("GetVideoInfo")[0]); !reflect.DeepEqual(sent, map[string]string{"VideoId": "m1"}) {
				t.Errorf("sent %v", sent)
			}
		})
	}
}

func TestStreams(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{"GetPlayInfo": answer(200, `{"RequestId":"R","VideoBase":{"VideoId":"m1","Duration":"12.5"},
		"PlayInfoList":{"PlayInfo":[
		{"Format":"m3u8","Definition":"HD","Status":"Normal","JobId":"j1","PlayURL":"https://cdn.example.com/a.m3u8?auth_key=1-2-3&x=1","Encrypt":1,"Size":null},
		{"Format":"MP4","Definition":"hd-MP4","Status":"Invisible","JobId":"j2","PlayURL":"http://cdn.example.com/b.mp4"},
		{"Format":"mp3","Definition":"best","PlayURL":"http://cdn.example.com/%zz"}]}}`)})
	got, err := client(t, s.URL).Streams(t.Context(), "m1")
	want := []events.Stream{
		{Format: "m3u8", Definition: "HD", Status: events.Success, JobID: "j1", URL: "https://cdn.example.com/a.m3u8?x=1"},
		{Format: "mp4", Definition: "HD", Status: events.StatusUnknown, JobID: "j2", URL: "http://cdn.example.com/b.mp4"},
		{Format: "mp3"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("streams %+v, %v, want %+v", got, err, want)
	}
	if sent := parameters(s.asked("GetPlayInfo")[0]); !reflect.DeepEqual(sent, map[string]string{"VideoId": "m1", "ResultType": "Multiple"}) {
		t.Errorf("sent %v", sent)
	}
}

func TestStreamsOfAnotherMedia(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{"GetPlayInfo": answer(200, `{"VideoBase":{"VideoId":"m2"}}`)})
	_, err := client(t, s.URL).Streams(t.Context(), "m1")
	wantError(t, err, core.Internal, "not about the media that was asked for")
}

func TestMediaErrors(t *testing.T) {
	t.Parallel()
	gone := refused(404, "InvalidVideo.NotFound", "The video does not exist.")
	s := serve(t, map[string]http.HandlerFunc{"GetVideoInfo": gone, "GetPlayInfo": gone, "RefreshUploadVideo": gone})
	c := client(t, s.URL)
	ctx := t.Context()
	for op, call := range map[string]func(id string) error{
		"GetVideoInfo":       func(id string) error { return second(c.Media(ctx, id)) },
		"GetPlayInfo":        func(id string) error { return second(c.Streams(ctx, id)) },
		"RefreshUploadVideo": func(id string) error { return second(c.RefreshUpload(ctx, id)) },
	} {
		wantError(t, call("m1"), core.NotFound, op+": The video does not exist. (InvalidVideo.NotFound, request REQ-1)")
		wantError(t, call(""), core.Invalid, op+": a parameter is missing: VideoId: not empty")
		if n := len(s.asked(op)); n != 1 {
			t.Errorf("%d calls of %s, want 1: none without an ID", n, op)
		}
	}
}
