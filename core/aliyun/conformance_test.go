package aliyun_test

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/providertest"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	providertest.Run(t, newHarness)
}

// stillClock is a clock that a test moves, and on which nobody wakes: who
// sleeps there does until the context ends.
type stillClock struct{ *clock.Fake }

func (stillClock) Sleep(ctx context.Context, d time.Duration) error {
	if d > 0 {
		<-ctx.Done()
	}
	return ctx.Err()
}

func newHarness(t *testing.T) providertest.Harness {
	t.Helper()
	// The SDK signs with the machine's time, so the platform starts there.
	platformTime := stillClock{clock.NewFake(time.Now())}
	platform := vodsim.New(vodsim.Config{
		AccessKeyID: keyID, AccessKeySecret: secret.New(keySecret), SecurityToken: secret.New(stsToken),
		Rate: -1, SubmitTime: time.Second, RefreshTime: time.Second, Clock: platformTime,
	})
	t.Cleanup(func() {
		if err := platform.Close(); err != nil {
			t.Errorf("close the platform: %v", err)
		}
	})
	endpoint, err := platform.Start()
	if err != nil {
		t.Fatal(err)
	}
	driver := func(keySecret string) *aliyun.Client {
		return client(t, endpoint, func(cfg *aliyun.Config) {
			cfg.Clock = platformTime
			cfg.Credentials = func(context.Context) (aliyun.Credentials, error) {
				return aliyun.Credentials{
					AccessKeyID: keyID, AccessKeySecret: secret.New(keySecret), SecurityToken: secret.New(stsToken),
				}, nil
			}
		})
	}
	return providertest.Harness{
		Provider:    driver(keySecret),
		Stranger:    driver("not the secret"),
		AddMedia:    func(id string, urls ...string) { platform.AddMedia(vodsim.Media{ID: id, Streams: streams(urls)}) },
		ForbidMedia: func(id string) { platform.AddMedia(vodsim.Media{ID: id, Forbidden: true}) },
		Fault: func(fault providertest.Fault) {
			platform.ClearFaults()
			platform.Fault(faults()[fault])
		},
		Now: platformTime.Now, Advance: platformTime.Advance, JobTime: 2 * time.Second,
		RejectsEach: true, TellsQuota: true,
		BrokenURL: "https://media.example.com/a/broken.mp4",
		Secrets:   []string{keyID, keySecret, "not the secret", stsToken, strings.TrimPrefix(endpoint, "http://")},
	}
}

// streams are as many as there are URLs, no two of one definition.
func streams(urls []string) []vodsim.Stream {
	all := make([]vodsim.Stream, len(urls))
	for i, url := range urls {
		all[i] = vodsim.Stream{Format: "mp4", Definition: strconv.Itoa(i) + "K", URL: url}
	}
	return all
}

// faults are the suite's faults in the platform's words.
func faults() map[providertest.Fault]vodsim.Fault {
	return map[providertest.Fault]vodsim.Fault{
		providertest.Throttle:      {Kind: vodsim.FaultThrottle},
		providertest.QuotaSpent:    {Kind: vodsim.FaultQuota},
		providertest.IllegalStatus: {Kind: vodsim.FaultIllegalStatus},
		providertest.ServerError:   {Kind: vodsim.FaultServerError},
		providertest.Reset:         {Kind: vodsim.FaultReset},
		providertest.HTML:          {Kind: vodsim.FaultHTML},
		providertest.Empty:         {Kind: vodsim.FaultEmpty},
		providertest.Truncated:     {Kind: vodsim.FaultTruncated},
		providertest.NumericCode:   {Kind: vodsim.FaultNumericCode},
		providertest.Hang:          {Kind: vodsim.FaultLatency, Latency: time.Hour},
	}
}
