package huawei_test

import (
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
)

// made is 03:04:05 UTC.
func made() time.Time { return time.Date(2026, 1, 2, 11, 4, 5, 0, time.FixedZone("", 8*3600)) }

// object is what an object of an answer looks like.
type object = map[string]any

func TestShowAssetMeta(t *testing.T) {
	t.Parallel()
	p, _ := newPlatform(t, huawei.Config{AnyMedia: true})
	p.PutAsset(huawei.Asset{ID: "a", Status: "TRANSCODING", Created: made(), URLs: []string{}})
	got := p.must(http.MethodGet, infoPath+"?asset_id=a&asset_id=b&asset_id=missing", "")
	want := object{
		"is_truncated": 0.0, "total": 3.0,
		"asset_info_array": []any{
			object{
				"asset_id": "a", "status": "TRANSCODING",
				"base_info": object{"title": "a", "create_time": "20260102030405", "last_modified": "20260102030405"},
			},
			object{
				"asset_id": "b", "status": "PUBLISHED",
				"base_info": object{"title": "b", "create_time": "20260304120000", "last_modified": "20260304120000"},
				"play_info_array": []any{
					object{"play_type": "hls", "url": "https://media.example.com/asset/b/play_video/index.m3u8"},
					object{"play_type": "hls", "url": "https://media.example.com/asset/b/play_video/hd.m3u8"},
					object{"play_type": "mp4", "url": "https://media.example.com/asset/b/hd.mp4"},
				},
			},
			object{"asset_id": "missing", "status": "NO_ASSET"},
		},
	}
	if got.status != http.StatusOK || !reflect.DeepEqual(got.body, want) {
		t.Errorf("answer %d %v, want 200 %v", got.status, got.body, want)
	}
}

func TestShowAssetDetail(t *testing.T) {
	t.Parallel()
	base := object{"title": "a", "create_time": "20260102030405", "last_modified": "20260102030405"}
	transcoding := object{
		"template_group_name": "g1", "transcode_status": "TRANSCODE_SUCCEED",
		"output": []any{object{"play_type": "DASH", "url": "https://cdn.example.com/index.mpd"}},
	}
	tests := []struct {
		name, categories string
		want             object
	}{
		{"all", "", object{"asset_id": "a", "base_info": base, "transcode_info": transcoding}},
		{"base", "&categories=base_info", object{"asset_id": "a", "base_info": base}},
		{"transcoding", "&categories=review_info&categories=transcode_info", object{"asset_id": "a", "transcode_info": transcoding}},
		{"none", "&categories=thumbnail_info", object{"asset_id": "a"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{})
			p.PutAsset(huawei.Asset{ID: "a", Created: made(), URLs: []string{"https://cdn.example.com/index.mpd"}})
			got := p.must(http.MethodGet, detailsPath+"?asset_id=a"+tt.categories, "")
			if !reflect.DeepEqual(got.body, tt.want) {
				t.Errorf("answer %v, want %v", got.body, tt.want)
			}
		})
	}
}

func TestDetailsRefused(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, target string
		status       int
		code         string
	}{
		{"detail of nothing", detailsPath, 400, "VOD.10053"},
		{"detail of two", detailsPath + "?asset_id=a&asset_id=b", 400, "VOD.10053"},
		{"unknown category", detailsPath + "?asset_id=a&categories=cover_info", 400, "VOD.10053"},
		{"detail of an unknown asset", detailsPath + "?asset_id=missing", 403, "VOD.10062"},
		{"meta of nothing", infoPath, 400, "VOD.10053"},
		{"meta of an empty ID", infoPath + "?asset_id=", 400, "VOD.10053"},
		{"meta by page", infoPath + "?asset_id=a&page=1", 400, "VOD.10053"},
		{"meta of eleven", infoPath + "?asset_id=1&asset_id=2&asset_id=3&asset_id=4&asset_id=5&asset_id=6&asset_id=7&asset_id=8&asset_id=9&asset_id=10&asset_id=11", 400, "VOD.10053"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, _ := newPlatform(t, huawei.Config{AnyMedia: true})
			p.refused(p.call(http.MethodGet, tt.target, ""), tt.status, tt.code)
		})
	}
}
