package huawei_test

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestMedia(t *testing.T) {
	t.Parallel()
	created := time.Date(2026, 3, 1, 2, 3, 4, 0, time.UTC)
	for _, tc := range []struct {
		name, body string
		want       core.MediaInfo
		kind       core.Kind
		text       string
	}{
		{
			name: "published",
			body: `{"asset_info_array":[{"asset_id":"m1","status":"PUBLISHED","base_info":{"title":"t","create_time":"20260301020304"},"play_info_array":[]}],"is_truncated":0,"total":1}`,
			want: core.MediaInfo{ID: "m1", Status: "PUBLISHED", Created: created},
		},
		{
			name: "deleted, and so known",
			body: `{"asset_info_array":[{"asset_id":"m1","status":"DELETED"}]}`,
			want: core.MediaInfo{ID: "m1", Status: "DELETED"},
		},
		{
			name: "an unreadable time",
			body: `{"asset_info_array":[{"asset_id":"m1","status":"CREATED","base_info":{"create_time":"2026-03-01"}}]}`,
			want: core.MediaInfo{ID: "m1", Status: "CREATED"},
		},
		{
			name: "no status",
			body: `{"asset_info_array":[{"asset_id":"m1","base_info":{}}]}`,
			want: core.MediaInfo{ID: "m1"},
		},
		{name: "never created", body: `{"asset_info_array":[{"asset_id":"m1","status":"UNCREATED"}]}`, kind: core.NotFound, text: "no such asset (request REQ-1)"},
		{name: "none, in lower case", body: `{"asset_info_array":[{"asset_id":"m1","status":"no_asset"}]}`, kind: core.NotFound, text: "no such asset"},
		{name: "empty list", body: `{"asset_info_array":[],"total":0}`, kind: core.NotFound, text: "no such asset"},
		{name: "no list", body: `{"total":0}`, kind: core.NotFound, text: "no such asset"},
		{name: "another asset", body: `{"asset_info_array":[{"asset_id":"m2","status":"CREATED"}]}`, kind: core.Internal, text: "not about the asset that was asked for (request REQ-1)"},
		{name: "a list that is none", body: `{"asset_info_array":{"asset_id":"m1"}}`, kind: core.Internal, text: "documented shape"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, map[string]http.HandlerFunc{showAssetMeta: answer(200, tc.body)})
			got, err := client(t, s.URL).Media(t.Context(), "m1")
			if sent := s.asked("")[0].query; !reflect.DeepEqual(sent, url.Values{"asset_id": {"m1"}}) {
				t.Errorf("sent %v", sent)
			}
			if tc.kind != "" {
				wantError(t, err, tc.kind, "ShowAssetMeta: ")
				wantError(t, err, tc.kind, tc.text)
				return
			}
			if err != nil || got != tc.want {
				t.Errorf("media %+v, %v, want %+v", got, err, tc.want)
			}
		})
	}
}

func TestMediaErrors(t *testing.T) {
	t.Parallel()
	s := serve(t, map[string]http.HandlerFunc{showAssetMeta: refused(403, "VOD.10062", "The asset does not exist.")})
	c := client(t, s.URL)
	wantError(t, second(c.Media(t.Context(), "m1")), core.NotFound, "ShowAssetMeta: The asset does not exist. (VOD.10062, request REQ-1)")
	wantError(t, second(c.Media(t.Context(), "")), core.Invalid, "ShowAssetMeta: a parameter is missing: asset_id: not empty")
	if n := len(s.asked("")); n != 1 {
		t.Errorf("%d calls, want 1: none without an ID", n)
	}
}
