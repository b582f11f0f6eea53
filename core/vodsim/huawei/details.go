package huawei

import (
	"cmp"
	"path"
	"slices"
	"strings"
)

// baseInfo is the base_info of both queries.
type baseInfo struct {
	Title        string `json:"title"`
	CreateTime   string `json:"create_time"`
	LastModified string `json:"last_modified"`
}

// base describes an asset. Times are UTC without a zone.
func (a Asset) base() *baseInfo {
	stamp := a.Created.UTC().Format("20060102150405")
	return &baseInfo{Title: a.ID, CreateTime: stamp, LastModified: stamp}
}

// playType is the protocol of a play URL, in upper case.
func playType(url string) string {
	return cmp.Or(map[string]string{".m3u8": "HLS", ".mpd": "DASH"}[path.Ext(url)], "MP4")
}

// detailAnswer is the answer of ShowAssetDetail.
type detailAnswer struct {
	AssetID       string         `json:"asset_id"`
	BaseInfo      *baseInfo      `json:"base_info,omitempty"`
	TranscodeInfo *transcodeInfo `json:"transcode_info,omitempty"`
}

type transcodeInfo struct {
	TemplateGroupName string   `json:"template_group_name"`
	Output            []output `json:"output"`
	TranscodeStatus   string   `json:"transcode_status"`
}

type output struct {
	PlayType string `json:"play_type"`
	URL      string `json:"url"`
}

// showDetail tells of one asset: what categories asks for, all if it is absent.
// There are no thumbnails and no reviews.
func (s *Server) showDetail(q request) (any, *refusal) {
	id, refused := q.single("asset_id")
	if refused != nil {
		return nil, refused
	}
	categories := q.query["categories"]
	for _, category := range categories {
		if !slices.Contains([]string{"base_info", "transcode_info", "thumbnail_info", "review_info"}, category) {
			return nil, illegal("categories")
		}
	}
	wanted := func(category string) bool { return len(categories) == 0 || slices.Contains(categories, category) }

	a, ok := s.library.find(id, q.at)
	if !ok {
		return nil, refuse(noAsset)
	}
	reply := detailAnswer{AssetID: a.ID}
	if wanted("base_info") {
		reply.BaseInfo = a.base()
	}
	if wanted("transcode_info") {
		reply.TranscodeInfo = &transcodeInfo{TemplateGroupName: "g1", Output: []output{}, TranscodeStatus: "TRANSCODE_SUCCEED"}
		for _, url := range a.URLs {
			reply.TranscodeInfo.Output = append(reply.TranscodeInfo.Output, output{playType(url), url})
		}
	}
	return reply, nil
}

// metaAnswer is the answer of ShowAssetMeta.
type metaAnswer struct {
	AssetInfoArray []assetInfo `json:"asset_info_array"`
	IsTruncated    int         `json:"is_truncated"`
	Total          int         `json:"total"`
}

type assetInfo struct {
	AssetID       string    `json:"asset_id"`
	Status        string    `json:"status"`
	BaseInfo      *baseInfo `json:"base_info,omitempty"`
	PlayInfoArray []output  `json:"play_info_array,omitempty"`
}

// showMeta tells of up to ten assets by their IDs, in their order. The platform
// also lists and searches without IDs; the simulator does not. One that does
// not exist has a status that says so.
func (s *Server) showMeta(q request) (any, *refusal) {
	ids := q.query["asset_id"]
	if refused := checkIDs("asset_id", ids); refused != nil || len(ids) == 0 {
		return nil, illegal("asset_id")
	}
	reply := metaAnswer{Total: len(ids)}
	for _, id := range ids {
		a, ok := s.library.find(id, q.at)
		if !ok {
			reply.AssetInfoArray = append(reply.AssetInfoArray, assetInfo{AssetID: id, Status: "NO_ASSET"})
			continue
		}
		info := assetInfo{AssetID: a.ID, Status: a.Status, BaseInfo: a.base()}
		for _, url := range a.URLs {
			info.PlayInfoArray = append(info.PlayInfoArray, output{strings.ToLower(playType(url)), url})
		}
		reply.AssetInfoArray = append(reply.AssetInfoArray, info)
	}
	return reply, nil
}
