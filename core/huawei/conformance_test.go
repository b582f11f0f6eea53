package huawei_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/core/providertest"
	vodsim "github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
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

// platform is the simulator and drivers of its account.
type platform struct {
	*vodsim.Server

	clock  stillClock
	url    string
	driver func(secretKey string) *huawei.Client
}

func newPlatform(t *testing.T, change ...func(*vodsim.Config)) platform {
	t.Helper()
	p := platform{clock: stillClock{clock.NewFake(noon())}}
	cfg := vodsim.Config{
		AccessKey: accessKey, SecretKey: secret.New(secretKey), SecurityToken: secret.New(securityToken), ProjectID: projectID,
		Rate: -1, RefreshTime: time.Second, Clock: p.clock,
	}
	for _, f := range change {
		f(&cfg)
	}
	p.Server = vodsim.New(cfg)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Errorf("close the platform: %v", err)
		}
	})
	var err error
	if p.url, err = p.Start(); err != nil {
		t.Fatal(err)
	}
	p.driver = func(secretKey string) *huawei.Client {
		return client(t, p.url, func(cfg *huawei.Config) {
			cfg.Clock = p.clock
			cfg.Credentials = func(context.Context) (huawei.Credentials, error) {
				return huawei.Credentials{
					AccessKey: accessKey, SecretKey: secret.New(secretKey), SecurityToken: secret.New(securityToken),
				}, nil
			}
		})
	}
	return p
}

func newHarness(t *testing.T) providertest.Harness {
	t.Helper()
	p := newPlatform(t)
	return providertest.Harness{
		Provider: p.driver(secretKey),
		Stranger: p.driver("not the secret"),
		AddMedia: p.AddAsset,
		Fault: func(fault providertest.Fault) {
			p.ClearFaults()
			p.Fault(faults()[fault])
		},
		Now: p.clock.Now, Advance: p.clock.Advance, JobTime: 2 * time.Second,
		BrokenURL: "https://media.example.com/a/broken.mp4",
		Secrets:   []string{accessKey, secretKey, "not the secret", securityToken, strings.TrimPrefix(p.url, "http://")},
	}
}

// faults are the suite's faults in the platform's words.
func faults() map[providertest.Fault]vodsim.Fault {
	return map[providertest.Fault]vodsim.Fault{
		providertest.Throttle:      {Kind: vodsim.FaultThrottle},
		providertest.QuotaSpent:    {Kind: vodsim.FaultQuota},
		providertest.IllegalStatus: {Kind: vodsim.FaultUnpublished},
		providertest.ServerError:   {Kind: vodsim.FaultServerError},
		providertest.Reset:         {Kind: vodsim.FaultReset},
		providertest.HTML:          {Kind: vodsim.FaultHTML},
		providertest.Empty:         {Kind: vodsim.FaultEmpty},
		providertest.Truncated:     {Kind: vodsim.FaultTruncated},
		providertest.NumericCode:   {Kind: vodsim.FaultNumericCode},
		providertest.Hang:          {Kind: vodsim.FaultLatency, Latency: time.Hour},
	}
}

// A task is followed to its end by a process that did not make it, whichever of
// the two it is.
func TestTasksOfAnotherProcess(t *testing.T) {
	t.Parallel()
	urls := []string{"https://media.example.com/a/1.mp4", "https://media.example.com/a/2.mp4"}
	for name, b := range map[string]core.Batch{
		"assets":           refresh("a"),
		"URLs":             batch(core.Refresh, core.URL, urls...),
		"asset to preload": batch(core.Preload, core.Media, "a"),
		"URLs to preload":  batch(core.Preload, core.URL, urls...),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			p.AddAsset("a", urls...)
			submitted, err := p.driver(secretKey).Submit(t.Context(), b)
			if err != nil {
				t.Fatal(err)
			}
			other := p.driver(secretKey)
			for _, want := range []core.JobState{core.JobRunning, core.JobDone} {
				job, err := other.Job(t.Context(), submitted.JobID)
				var got []string
				for _, u := range job.URLs {
					got = append(got, u.URL)
				}
				if err != nil || job.State != want || job.TaskType != b.Options.TaskType || !slices.Equal(got, urls) {
					t.Errorf("job %+v, %v, want it %s", job, err, want)
				}
				p.clock.Advance(2 * time.Second)
			}
		})
	}
}

func TestMediaOfThePlatform(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	created := noon().Add(-time.Hour)
	p.PutAsset(vodsim.Asset{ID: "gone", Status: "DELETED", Created: created})
	got, err := p.driver(secretKey).Media(t.Context(), "gone")
	if want := (core.MediaInfo{ID: "gone", Status: "DELETED", Created: created}); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("media %+v, %v, want %+v", got, err, want)
	}
	_, err = p.driver(secretKey).Media(t.Context(), "missing")
	wantError(t, err, core.NotFound, "ShowAssetMeta: no such asset")
}

// What the suite has no fault for, because only this platform has it.
func TestFaultsOfThePlatform(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		kind vodsim.FaultKind
		want core.Kind
		text string
	}{
		{vodsim.FaultNoTaskID, core.Internal, "accepted without a task ID"},
		{vodsim.FaultRedirect, core.Internal, "a redirect, HTTP 302"},
		{vodsim.FaultInternal, core.Unavailable, "(VOD.10051, request "},
	} {
		t.Run(string(tc.kind), func(t *testing.T) {
			t.Parallel()
			p := newPlatform(t)
			p.AddAsset("a")
			p.Fault(vodsim.Fault{Kind: tc.kind})
			for _, b := range []core.Batch{refresh("a"), batch(core.Preload, core.Media, "a")} {
				_, err := p.driver(secretKey).Submit(t.Context(), b)
				wantError(t, err, tc.want, tc.text)
			}
		})
	}
}

func TestDayIsSpent(t *testing.T) {
	t.Parallel()
	p := newPlatform(t, func(cfg *vodsim.Config) { cfg.RefreshQuota, cfg.PreloadQuota = 3, 1 })
	for i := range 4 {
		p.AddAsset(fmt.Sprintf("m%d", i))
	}
	c := p.driver(secretKey)
	for _, tc := range []struct {
		fits, over core.Batch
		code       string
	}{
		{refresh("m0", "m1"), refresh("m2", "m3"), "VOD.10087"},
		{batch(core.Preload, core.Media, "m0"), batch(core.Preload, core.Media, "m1"), "VOD.10086"},
	} {
		if _, err := c.Submit(t.Context(), tc.fits); err != nil {
			t.Fatal(err)
		}
		_, err := c.Submit(t.Context(), tc.over)
		if e := wantError(t, err, core.QuotaExceeded, "exceeds the limit"); e.Code != tc.code {
			t.Errorf("code %s, want %s", e.Code, tc.code)
		}
	}
	p.clock.Advance(24 * time.Hour)
	if _, err := c.Submit(t.Context(), refresh("m2", "m3")); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// A machine whose clock is off is told so by the signature alone.
func TestClockThatIsOff(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	p.AddAsset("a")
	c := client(t, p.url, func(cfg *huawei.Config) { cfg.Clock = clock.NewFake(noon().Add(-time.Hour)) })
	_, err := c.Submit(t.Context(), refresh("a"))
	wantError(t, err, core.Unauthenticated, "key, token or signature refused")
}

func TestProjectOfAnother(t *testing.T) {
	t.Parallel()
	p := newPlatform(t)
	c := client(t, p.url, func(cfg *huawei.Config) { cfg.ProjectID, cfg.Clock = "another", p.clock })
	_, err := c.Submit(t.Context(), refresh("a"))
	e := wantError(t, err, core.Forbidden, "VOD.10057")
	if e.RequestID == "" {
		t.Errorf("error %#v", e)
	}
}
