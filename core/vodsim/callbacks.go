package vodsim

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/internal/platform"
	aliyunevents "github.com/vodrefresh/vodrefresh/events/aliyun"
)

// How callbacks are sent: three tries in all, one second after each failure;
// [platform.Post] gives five seconds for an answer.
//
// Source: "HTTP callbacks", ApsaraVideo VOD user guide.
const (
	callbackTries = 3
	callbackPause = time.Second
)

// submitComplete is the body of SubmitMediaRefreshComplete: the URLs of one
// media were handed to the CDN.
type submitComplete struct {
	EventType         string `json:"EventType"`
	EventTime         string `json:"EventTime"`
	Status            string `json:"Status"`
	MediaID           string `json:"MediaId"`
	MediaRefreshJobID string `json:"MediaRefreshJobId"`
	TaskIDs           string `json:"TaskIds"`
	SuccessPlayURLs   string `json:"SuccessPlayUrls"`
	FilterPolicy      string `json:"FilterPolicy"`
	TaskType          string `json:"TaskType"` // lower case, unlike in the API
}

// callBack waits until the job is submitted and then tells of each media.
func (s *Server) callBack(one *job) {
	if s.cfg.Clock.Sleep(s.life.Context(), s.jobs.submit) != nil {
		return
	}
	var all sync.WaitGroup
	for _, m := range one.media {
		body, _ := json.Marshal(submitComplete{
			EventType: "SubmitMediaRefreshComplete", EventTime: stamp(one.created.Add(s.jobs.submit)),
			Status: "success", MediaID: m.id, MediaRefreshJobID: one.id,
			TaskIDs: strings.Join(m.tasks, ","), SuccessPlayURLs: strings.Join(m.urls, ","),
			FilterPolicy: one.policy, TaskType: strings.ToLower(one.taskType),
		})
		all.Go(func() { s.deliver(body) })
	}
	all.Wait()
}

// deliver posts a callback until it is taken or the tries are used up; then it
// is lost.
func (s *Server) deliver(body []byte) {
	for try := range callbackTries {
		if try > 0 && s.cfg.Clock.Sleep(s.life.Context(), callbackPause) != nil {
			return
		}
		status, err := s.post(body)
		s.cfg.Log.InfoContext(s.life.Context(), "callback", "try", try+1, "status", status, "answered", err == nil)
		if status == http.StatusOK {
			return
		}
	}
}

// post makes one try, signed anew, and returns the status of the answer.
func (s *Server) post(body []byte) (status int, err error) {
	header := http.Header{}
	if !s.cfg.CallbackKey.Empty() {
		header = aliyunevents.Sign(s.cfg.CallbackURL, s.cfg.CallbackKey, s.cfg.Clock.Now())
	}
	return platform.Post(s.life.Context(), s.cfg.HTTP, platform.Message{To: s.cfg.CallbackTo, Header: header, Body: body})
}
