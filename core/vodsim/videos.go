package vodsim

import "cmp"

func videoInfoParams() map[string]param {
	return map[string]param{
		"VideoId":      required(anyText),
		"AdditionType": optional(anyText),
		"ResultTypes":  optional(anyText),
	}
}

// playInfoParams has, beside the filters, the parameters that change how URLs
// are signed or decorated; they are taken and have no effect.
func playInfoParams() map[string]param {
	return map[string]param{
		"VideoId":      required(anyText),
		"Formats":      optional(formats()),
		"Definition":   optional(definitions()),
		"StreamType":   optional(each("video", "audio")),
		"ResultType":   optional(oneOf("Single", "Multiple")),
		"OutputType":   optional(oneOf("oss", "cdn")),
		"AuthTimeout":  optional(upTo(1 << 30)),
		"AdditionType": optional(anyText),
		"PlayConfig":   optional(jsonObject),
	}
}

// video finds the media that VideoId names, if the account may see it.
func (s *Server) video(q request) (Media, *refusal) {
	m, ok := s.library.find(q.get("VideoId"), q.at)
	switch {
	case !ok:
		return Media{}, refuse(videoNotFound)
	case m.Forbidden:
		return Media{}, refuse(forbidden)
	default:
		return m, nil
	}
}

type videoInfoAnswer struct {
	RequestID string    `json:"RequestId"`
	Video     videoInfo `json:"Video"`
}

// videoInfo is the Video of GetVideoInfo. The API has the times under two
// names each.
type videoInfo struct {
	VideoID      string `json:"VideoId"`
	Title        string `json:"Title"`
	Status       string `json:"Status"`
	CreationTime string `json:"CreationTime"`
	CreateTime   string `json:"CreateTime"`
}

func (s *Server) videoInfo(q request) (any, *refusal) {
	m, refused := s.video(q)
	if refused != nil {
		return nil, refused
	}
	created := stamp(m.Created)
	return videoInfoAnswer{q.id, videoInfo{m.ID, m.ID, m.Status, created, created}}, nil
}

type playInfoAnswer struct {
	RequestID    string    `json:"RequestId"`
	VideoBase    videoBase `json:"VideoBase"`
	PlayInfoList struct {
		PlayInfo []playInfo `json:"PlayInfo"`
	} `json:"PlayInfoList"`
}

// videoBase describes the media. Durations are text here, numbers elsewhere.
type videoBase struct {
	VideoID      string `json:"VideoId"`
	Title        string `json:"Title"`
	Status       string `json:"Status"`
	MediaType    string `json:"MediaType"`
	Duration     string `json:"Duration"`
	CreationTime string `json:"CreationTime"`
}

// playInfo is one stream. Encrypt is 0 or 1 here, a boolean in events.
type playInfo struct {
	Format       string `json:"Format"`
	Definition   string `json:"Definition"`
	StreamType   string `json:"StreamType"`
	Status       string `json:"Status"`
	PlayURL      string `json:"PlayURL"`
	Duration     string `json:"Duration"`
	Encrypt      int    `json:"Encrypt"`
	CreationTime string `json:"CreationTime"`
}

// playInfo lists the streams that can be played; a media that has none yet is
// in an illegal status, as observed on the platform.
func (s *Server) playInfo(q request) (any, *refusal) {
	m, refused := s.video(q)
	if refused != nil {
		return nil, refused
	}
	if m.unready() {
		return nil, illegalStatus(m.Status)
	}
	chosen := filter{
		Formats: q.get("Formats"), Definitions: q.get("Definition"),
		StreamType: q.get("StreamType"), ResultType: cmp.Or(q.get("ResultType"), "Single"),
	}.streams(m)

	created := stamp(m.Created)
	reply := playInfoAnswer{
		RequestID: q.id,
		VideoBase: videoBase{m.ID, m.ID, m.Status, "video", "15.0", created},
	}
	reply.PlayInfoList.PlayInfo = make([]playInfo, 0, len(chosen))
	for _, st := range chosen {
		reply.PlayInfoList.PlayInfo = append(reply.PlayInfoList.PlayInfo,
			playInfo{st.Format, st.Definition, st.Type, "Normal", st.URL, "15.0", 0, created})
	}
	return reply, nil
}
