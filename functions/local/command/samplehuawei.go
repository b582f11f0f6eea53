package command

import (
	"encoding/json"
	"strings"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// sampleInfo is what a Huawei event says of its asset.
type sampleInfo struct {
	AssetID    string         `json:"asset_id"`
	Status     string         `json:"status"`
	Output     []sampleOutput `json:"output,omitempty"`
	Suggestion string         `json:"suggestion,omitempty"`
	ErrorCode  string         `json:"error_code,omitempty"`
}

type sampleOutput struct {
	PlayType string `json:"play_type"`
	URL      string `json:"url"`
	Quality  string `json:"quality,omitempty"`
}

// huaweiSample makes the JSON text of an event of Huawei Cloud VOD about an asset.
func huaweiSample(eventType, asset string, failed bool) ([]byte, error) {
	info := sampleInfo{AssetID: asset, Status: "SUCCEED"}
	switch {
	case failed:
		info.Status, info.ErrorCode = "FAILED", "VOD.10013"
	case huawei.Kind(eventType) == events.Reviewed:
		info.Suggestion = "BLOCK"
	case huawei.Kind(eventType) == events.Transcoded:
		base := "https://179.cdn-vod.huaweicloud.com/asset/" + asset + "/play_video/"
		info.Output = []sampleOutput{{PlayType: "HLS", URL: base + "index.m3u8"}, {PlayType: "HLS", URL: base + "hd.m3u8", Quality: "HD"}}
	}
	member := strings.TrimSuffix(eventType, "Complete")
	if member == "audioExtract" {
		member = "audio_extract"
	}
	return json.Marshal(map[string]any{"event_type": eventType, member + "_info": info})
}
