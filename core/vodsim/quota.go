package vodsim

import (
	"math"
	"strconv"
	"time"
)

// allowance is one of the daily counts.
type allowance struct {
	limit int // negative for none
	used  int
}

func (a *allowance) fits(n int) bool { return a.limit < 0 || a.used+n <= a.limit }

// texts are the limit and the rest as the API gives them. No limit looks like
// a very large one, since the API has no word for it.
func (a *allowance) texts() (limit, remain string) {
	if a.limit < 0 {
		most := strconv.Itoa(math.MaxInt32)
		return most, most
	}
	return strconv.Itoa(a.limit), strconv.Itoa(a.limit - a.used)
}

// quota is what an account may spend in a day.
type quota struct {
	day       string
	zone      *time.Location
	refresh   allowance
	preload   allowance
	directory allowance
}

// newQuota is a full quota. That the day begins at midnight in Beijing is
// known from practice, not documented.
func newQuota(cfg Config) quota {
	return quota{
		zone:      time.FixedZone("+08:00", 8*60*60),
		refresh:   allowance{limit: cfg.RefreshQuota},
		preload:   allowance{limit: cfg.PreloadQuota},
		directory: allowance{limit: cfg.DirectoryQuota},
	}
}

// roll starts the count anew when the day has changed.
func (q *quota) roll(now time.Time) {
	if day := now.In(q.zone).Format(time.DateOnly); day != q.day {
		q.day = day
		q.refresh.used, q.preload.used, q.directory.used = 0, 0, 0
	}
}

// spend takes n from an allowance of the day, or nothing at all if there is
// not enough: a call is refused as a whole.
func (q *quota) spend(a *allowance, n int, now time.Time) *refusal {
	q.roll(now)
	if !a.fits(n) {
		return refuse(quotaSpent)
	}
	a.used += n
	return nil
}

// quotaAnswer is the answer of DescribeVodRefreshQuota: numbers as text, and
// one name that begins with a lower-case letter.
type quotaAnswer struct {
	RequestID     string `json:"RequestId"`
	URLQuota      string `json:"UrlQuota"`
	URLRemain     string `json:"UrlRemain"`
	DirQuota      string `json:"DirQuota"`
	DirRemain     string `json:"DirRemain"`
	PreloadQuota  string `json:"PreloadQuota"`
	PreloadRemain string `json:"PreloadRemain"`
	BlockQuota    string `json:"BlockQuota"`
	BlockRemain   string `json:"blockRemain"`
}

func (s *Server) describeQuota(q request) (any, *refusal) {
	s.quota.roll(q.at)
	reply := quotaAnswer{RequestID: q.id, BlockQuota: "300", BlockRemain: "300"}
	reply.URLQuota, reply.URLRemain = s.quota.refresh.texts()
	reply.DirQuota, reply.DirRemain = s.quota.directory.texts()
	reply.PreloadQuota, reply.PreloadRemain = s.quota.preload.texts()
	return reply, nil
}
