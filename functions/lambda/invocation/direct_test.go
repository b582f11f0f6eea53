package invocation_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/lambda/invocation"
)

// ours is the body of a message about a media, as it stands in an event.
func ours(media string, more ...string) string {
	text := `{"v":1,"task":{"provider":"aliyun","target":"media","id":"` + media + `","options":{"TaskType":"Refresh"}}` + strings.Join(more, "") + `}`
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // of a text
	}
	return strings.Trim(string(quoted), `"`)
}

// TestBatchOfNoQueue: messages of a queue that nobody knows are read and worked on
// in one piece; what cannot be read and what was not done is reported, and no other.
func TestBatchOfNoQueue(t *testing.T) {
	t.Parallel()
	due := `,"due":"2099-01-01T00:00:00Z"`
	for name, test := range map[string]struct {
		bodies []string
		worked []string
		failed string // of the IDs, the digits
	}{
		"one":                     {[]string{ours("a")}, []string{"a"}, ""},
		"what was not done":       {[]string{ours("a"), ours("left"), ours("b"), ours("left")}, []string{"left", "b", "left", "a"}, "31"},
		"before it is due":        {[]string{ours("a", due)}, []string{"a"}, ""},
		"the same twice":          {[]string{ours("a"), ours("a")}, []string{"a", "a"}, ""},
		"nothing that can be":     {[]string{"", "?", "{}", "null", "[]"}, nil, "01234"},
		"poison among the others": {[]string{ours("a"), "s3cret", ours("b c"), strings.Replace(ours("b"), "aliyun", "other", 1), strings.Replace(ours("b"), ":1,", ":2,", 1)}, []string{"a"}, "1234"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, config.Refresh, func(c *invocation.Config) { c.Queue = nil })
			answer, err := b.Invoke(t.Context(), batch(test.bodies...))
			if err != nil {
				t.Fatal(err)
			}
			var got struct {
				BatchItemFailures []struct{ ItemIdentifier string }
			}
			if err := json.Unmarshal(answer, &got); err != nil {
				t.Fatal(err)
			}
			failed := ""
			for _, f := range got.BatchItemFailures {
				failed += strings.TrimPrefix(f.ItemIdentifier, "id-")
			}
			if failed != test.failed || !slices.Equal(b.post.worked, test.worked) {
				t.Errorf("%q failed, want %q; worked on %q, want %q", failed, test.failed, b.post.worked, test.worked)
			}
			if strings.Contains(b.log.String(), "s3cret") {
				t.Errorf("the log shows a message: %s", b.log.String())
			}
		})
	}
}

// TestAttemptsOfNoQueue: how often a message came is what SQS tells, at least once.
func TestAttemptsOfNoQueue(t *testing.T) {
	t.Parallel()
	var attempts []int
	b := setup(t, config.Refresh, func(c *invocation.Config) {
		c.Queue = nil
		c.Work = func(_ context.Context, deliveries []core.Delivery) []core.Delivery {
			for _, d := range deliveries {
				attempts = append(attempts, d.Attempt)
			}
			return nil
		}
	})
	told, untold := batch(ours("a")), []byte(strings.Replace(string(batch(ours("a"))), `"2"`, `"?"`, 1))
	for _, event := range [][]byte{told, untold} {
		if _, err := b.Invoke(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	if want := []int{2, 1}; !slices.Equal(attempts, want) {
		t.Errorf("attempts %v, want %v", attempts, want)
	}
}
