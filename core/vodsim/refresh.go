package vodsim

import "strings"

// maxMedia is how many media one call of RefreshMediaPlayUrls takes.
const maxMedia = 20

func refreshMediaParams() map[string]param {
	return map[string]param{
		"MediaIds":    required(atMost(maxMedia, ",")),
		"TaskType":    required(oneOf("Refresh", "Preload")),
		"Formats":     optional(formats()),
		"Definitions": optional(definitions()),
		"StreamType":  optional(each("video", "audio")),
		"ResultType":  optional(oneOf("Single", "Multiple")),
		"SliceFlag":   optional(oneOf("true", "false")),
		"SliceCount":  optional(upTo(20)),
		"UserData":    optional(jsonObject),
	}
}

// refreshMediaAnswer is the answer of RefreshMediaPlayUrls: success, even if
// no media at all was accepted.
type refreshMediaAnswer struct {
	RequestID         string `json:"RequestId"`
	MediaRefreshJobID string `json:"MediaRefreshJobId,omitempty"`
	NonExistMediaIDs  string `json:"NonExistMediaIds"`
	ForbiddenMediaIDs string `json:"ForbiddenMediaIds"`
}

// refreshMedia starts a job for the media that exist and may be touched. One
// that is not ready refuses the whole call, and so does a quota that is too
// small for it. That a media without a matching stream is accepted, and leads
// to no task, is a guess: the documentation is silent.
func (s *Server) refreshMedia(q request) (any, *refusal) {
	filter := newFilter(q)
	work := &job{taskType: q.get("TaskType"), policy: filter.policy(), userData: q.get("UserData"), created: q.at}
	var missing, foreign []string
	urls := 0
	for _, id := range split(q.get("MediaIds"), ",") {
		m, ok := s.library.find(id, q.at)
		switch {
		case !ok:
			missing = append(missing, id)
		case m.Forbidden:
			foreign = append(foreign, id)
		case m.unready():
			return nil, illegalStatus(m.Status)
		default:
			matching := filter.urls(m)
			urls += len(matching)
			work.media = append(work.media, mediaJob{id: id, urls: matching})
		}
	}

	reply := refreshMediaAnswer{
		RequestID:         q.id,
		NonExistMediaIDs:  strings.Join(missing, ","),
		ForbiddenMediaIDs: strings.Join(foreign, ","),
	}
	if len(work.media) == 0 {
		return reply, nil
	}
	spent := &s.quota.refresh
	if work.taskType == "Preload" {
		spent = &s.quota.preload
	}
	if refused := s.quota.spend(spent, urls, q.at); refused != nil {
		return nil, refused
	}
	s.startJob(work)
	reply.MediaRefreshJobID = work.id
	return reply, nil
}
