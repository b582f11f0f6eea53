package vodsim_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

func TestVideoInfo(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	p.AddMedia(vodsim.Media{ID: "m", Status: "Blocked", Created: time.Date(2026, 1, 2, 11, 4, 5, 0, time.FixedZone("", 8*3600))})
	video, _ := p.must("GetVideoInfo", "VideoId", "m").body["Video"].(map[string]any)
	for name, want := range map[string]string{
		"VideoId": "m", "Status": "Blocked", "CreationTime": "2026-01-02T03:04:05Z", "CreateTime": "2026-01-02T03:04:05Z",
	} {
		if video[name] != want {
			t.Errorf("%s = %v, want %s", name, video[name], want)
		}
	}
}

func TestAddMediaDefaults(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{})
	p.AddMedia(vodsim.Media{ID: "m"})
	video, _ := p.must("GetVideoInfo", "VideoId", "m").body["Video"].(map[string]any)
	if video["Status"] != "Normal" || video["CreationTime"] != "2026-03-04T12:00:00Z" {
		t.Errorf("video %v, want Normal and made now", video)
	}
	p.AddMedia(vodsim.Media{ID: "m", Streams: []vodsim.Stream{}})
	if got := playInfo(p, "VideoId", "m"); len(got) != 0 {
		t.Errorf("streams %v of a media that has none", got)
	}
}

func playInfo(p *platform, pairs ...string) []reply {
	p.t.Helper()
	playInfoList, _ := p.must("GetPlayInfo", pairs...).body["PlayInfoList"].(map[string]any)
	return list(playInfoList["PlayInfo"])
}

func TestPlayInfo(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
	got := playInfo(p, "VideoId", "m", "Formats", "m3u8", "Definition", "HD", "StreamType", "video", "ResultType", "Multiple")
	if len(got) != 1 {
		t.Fatalf("streams %v, want one", got)
	}
	for name, want := range map[string]any{
		"Format": "m3u8", "Definition": "HD", "StreamType": "video", "Status": "Normal",
		"PlayURL": "https://media.example.com/m/hd.m3u8", "Duration": "15.0", "Encrypt": 0.0,
	} {
		if got[0].body[name] != want {
			t.Errorf("%s = %v, want %v", name, got[0].body[name], want)
		}
	}
	if all := playInfo(p, "VideoId", "m"); len(all) != 3 {
		t.Errorf("%d streams, want the 3 default ones", len(all))
	}
}

func TestVideoRefused(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, vodsim.Config{AnyMedia: true})
	for _, action := range []string{"GetVideoInfo", "GetPlayInfo"} {
		p.refused(p.call(action, "VideoId", "missing"), http.StatusNotFound, "InvalidVideo.NotFound")
		p.refused(p.call(action, "VideoId", "forbidden"), http.StatusForbidden, "Forbidden")
		p.refused(p.call(action), http.StatusBadRequest, "MissingParameter")
	}
}
