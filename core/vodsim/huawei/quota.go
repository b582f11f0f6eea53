package huawei

import "time"

// quota is how many assets an account may refresh and preheat in a day. Whether
// a URL counts as an asset is not documented; here it does.
type quota struct {
	zone  *time.Location
	day   string
	limit map[code]int // by the code of what is spent; negative for none
	used  map[code]int
}

// newQuota is a full quota. At which hour the day begins is not documented;
// midnight in Beijing is what the other platform does.
func newQuota(cfg Config) quota {
	return quota{
		zone:  time.FixedZone("+08:00", 8*60*60),
		limit: map[code]int{refreshSpent: cfg.RefreshQuota, preheatsSpent: cfg.PreloadQuota},
		used:  map[code]int{},
	}
}

// spend takes n from an allowance of the day, or nothing at all if there is
// not enough: a call is refused as a whole.
func (q *quota) spend(allowance code, n int, now time.Time) *refusal {
	if day := now.In(q.zone).Format(time.DateOnly); day != q.day {
		q.day = day
		clear(q.used)
	}
	if limit := q.limit[allowance]; limit >= 0 && q.used[allowance]+n > limit {
		return refuse(allowance)
	}
	q.used[allowance] += n
	return nil
}
