package vodsim

import (
	"strings"
	"time"
)

// retention is how long the platform remembers jobs and tasks.
const retention = 3 * 24 * time.Hour

// job is the work of one RefreshMediaPlayUrls call.
type job struct {
	id       string
	taskType string
	policy   string
	userData string
	created  time.Time
	media    []mediaJob
}

// mediaJob is the part of a job that concerns one media: its URLs and, in the
// same order, the CDN tasks that they became.
type mediaJob struct {
	id    string
	urls  []string
	tasks []string
}

// jobs are the jobs of the last days.
type jobs struct {
	byID   map[string]*job
	order  []*job
	submit time.Duration // until all URLs are handed to the CDN
}

// submitted reports whether the job's URLs were handed to the CDN by now.
func (j *jobs) submitted(of *job, now time.Time) bool { return !now.Before(of.created.Add(j.submit)) }

func (j *jobs) add(one *job) {
	for len(j.order) > 0 && one.created.Sub(j.order[0].created) > retention {
		delete(j.byID, j.order[0].id)
		j.order = j.order[1:]
	}
	j.byID[one.id] = one
	j.order = append(j.order, one)
}

// startJob gives the job an ID, its URLs a CDN task each, and sends for every
// media a callback when the submission is through.
func (s *Server) startJob(one *job) {
	one.id = s.issued.hex()
	for i := range one.media {
		for _, url := range one.media[i].urls {
			id := s.issued.number()
			kind := "file"
			if one.taskType == "Preload" {
				kind = "preload"
			}
			s.tasks.add(&task{id: id, path: url, kind: kind, created: one.created.Add(s.jobs.submit)})
			one.media[i].tasks = append(one.media[i].tasks, id)
		}
	}
	s.jobs.add(one)
	if s.cfg.CallbackTo != "" {
		s.life.Go(func() { s.callBack(one) })
	}
}

func getJobsParams() map[string]param {
	return map[string]param{
		"MediaRefreshJobId": required(anyText),
		"MediaId":           optional(anyText),
	}
}

// jobsAnswer is the answer of GetMediaRefreshJobs: one entry for each media.
type jobsAnswer struct {
	RequestID string     `json:"RequestId"`
	Jobs      []jobEntry `json:"MediaRefreshJobs"`
}

// jobEntry tells of one media of a job. Until the submission is through it has
// no Status: the documentation has a word only for the end.
type jobEntry struct {
	MediaRefreshJobID string `json:"MediaRefreshJobId"`
	MediaID           string `json:"MediaId"`
	TaskType          string `json:"TaskType"`
	FilterPolicy      string `json:"FilterPolicy"`
	Status            string `json:"Status,omitempty"`
	SuccessPlayURLs   string `json:"SuccessPlayUrls,omitempty"`
	TaskIDs           string `json:"TaskIds,omitempty"`
	UserData          string `json:"UserData,omitempty"`
	Created           string `json:"GmtCreate"`
	Modified          string `json:"GmtModified"`
}

// getJobs tells of a job. What the platform says to a job that it does not
// know is undocumented; here it is an empty list.
func (s *Server) getJobs(q request) (any, *refusal) {
	reply := jobsAnswer{RequestID: q.id, Jobs: []jobEntry{}}
	one, ok := s.jobs.byID[q.get("MediaRefreshJobId")]
	if !ok {
		return reply, nil
	}
	for _, m := range one.media {
		if only := q.get("MediaId"); only != "" && only != m.id {
			continue
		}
		entry := jobEntry{
			MediaRefreshJobID: one.id, MediaID: m.id, TaskType: one.taskType,
			FilterPolicy: one.policy, UserData: one.userData,
			Created: stamp(one.created), Modified: stamp(one.created),
		}
		if s.jobs.submitted(one, q.at) {
			entry.Status = "success"
			entry.SuccessPlayURLs = strings.Join(m.urls, ",")
			entry.TaskIDs = strings.Join(m.tasks, ",")
			entry.Modified = stamp(one.created.Add(s.jobs.submit))
		}
		reply.Jobs = append(reply.Jobs, entry)
	}
	return reply, nil
}

// stamp is a time as the platform writes it.
func stamp(t time.Time) string { return t.UTC().Format(timestampLayout) }
