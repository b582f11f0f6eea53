package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

// renewing says who asks for the credentials of uploads.
type renewing struct {
	videos  int // of each way
	rate    float64
	latency time.Duration
	bound   time.Duration // of what the server adds
}

// way is one way to the platform, and what requests on it took, without what the
// platform took itself.
type way struct {
	name  string
	ask   func(ctx context.Context, video string) error
	added []time.Duration
	wrong int
}

// renew measures what the server adds to an answer of the platform.
func (s *session) renew() *cobra.Command {
	var r renewing
	cmd := &cobra.Command{
		Use:   "credentials",
		Short: "Upload credentials of many videos: what the server adds to the platform's own time",
		Long: `Ask for the credentials of videos, each of which nobody asked for before, at a
fixed rate, in turn: the server, a bare reverse proxy in front of the same
platform, and the platform itself. For an upload that takes two calls of the
platform, for overwriting one. The platform tells how long it took for each; the
rest is what stands in between, the sender's own part included.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := positive(map[string]int{"videos": r.videos, "rate": int(r.rate)}); err != nil {
				return err
			}
			title := fmt.Sprintf("credentials: %d videos each way, %g a second, the platform takes %s a call", r.videos, r.rate, r.latency)
			return s.measure(cmd.Context(), title, r.run)
		},
	}
	cmd.Flags().IntVar(&r.videos, "videos", 2000, "videos of each way")
	cmd.Flags().Float64Var(&r.rate, "rate", 50, "requests a second of each way")
	cmd.Flags().DurationVar(&r.latency, "latency", 20*time.Millisecond, "the platform's own time for a call")
	cmd.Flags().DurationVar(&r.bound, "bound", 5*time.Millisecond, "what the server may add at the 99th percentile")
	return cmd
}

func (r renewing) run(ctx context.Context, l *lab, found *report) error {
	_, studio, err := l.part(ctx, "studio", "--latency", r.latency.String())
	if err != nil {
		return err
	}
	_, proxy, err := l.part(ctx, "proxy", "--endpoint", studio[0])
	if err != nil {
		return err
	}
	server, err := l.server(ctx, "credentials", &platform{api: studio[0]},
		"ALIYUN_VOD_REGION=cn-shanghai", "LOG_LEVEL=info") // as it logs by default
	if err != nil {
		return err
	}
	if err := server.run(ctx); err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second}
	served := func(query string) func(context.Context, string) error {
		return func(ctx context.Context, video string) error {
			return fetch(ctx, client, http.MethodPost, "http://"+server.address+"/v1/uploads/"+video+"/credentials"+query)
		}
	}
	called := func(base string, actions ...string) func(context.Context, string) error {
		return func(ctx context.Context, video string) error {
			for _, action := range actions {
				if err := fetch(ctx, client, http.MethodGet, base+"/?Action="+action+"&VideoId="+video); err != nil {
					return err
				}
			}
			return nil
		}
	}
	for _, one := range []struct {
		title, query string
		actions      []string
	}{
		{"to upload: GetVideoInfo, then RefreshUploadVideo", "", []string{"GetVideoInfo", "RefreshUploadVideo"}},
		{"to overwrite: RefreshUploadVideo", "?overwrite=true", []string{"RefreshUploadVideo"}},
	} {
		ways := []*way{
			{name: "server", ask: served(one.query)},
			{name: "reverse proxy", ask: called(proxy[0], one.actions...)},
			{name: "nothing", ask: called(studio[0], one.actions...)},
		}
		if err := r.measure(ctx, l, studio[1], ways); err != nil {
			return err
		}
		found.sectionf("%s", one.title)
		r.judge(found, ways)
	}
	return nil
}

// measure sends the requests, and takes off what the platform took.
func (r renewing) measure(ctx context.Context, l *lab, control string, ways []*way) error {
	gap := time.Duration(float64(time.Second) / r.rate / float64(len(ways)))
	var all sync.WaitGroup
	var mu sync.Mutex
	took := make(map[string]time.Duration)
	run := strconv.FormatInt(l.clock.Now().UnixNano(), 36)
	name := func(w, i int) string { return fmt.Sprintf("%s-%d-%d", run, w, i) }
	began := l.clock.Now()
	for i := range r.videos {
		for w, one := range ways {
			due := began.Add(time.Duration(i*len(ways)+w) * gap)
			if err := l.clock.Sleep(ctx, due.Sub(l.clock.Now())); err != nil {
				return err
			}
			all.Go(func() { // it counts from when it was due: a sender that is late does not hide what is slow
				err := one.ask(ctx, name(w, i))
				lasted := l.clock.Now().Sub(due)
				mu.Lock()
				defer mu.Unlock()
				if took[name(w, i)] = lasted; err != nil {
					one.wrong++
				}
			})
		}
	}
	all.Wait()
	var own map[string]time.Duration
	if err := ask(ctx, &http.Client{Timeout: time.Minute}, http.MethodGet, control+"/times", nil, &own); err != nil {
		return err
	}
	for w, one := range ways {
		for i := range r.videos {
			one.added = append(one.added, took[name(w, i)]-own[name(w, i)])
		}
		slices.Sort(one.added)
	}
	return nil
}

// judge holds what the server adds against its bound, beside what the others add.
func (r renewing) judge(found *report, ways []*way) {
	for _, one := range ways {
		found.notef(one.name+" in between: p50, p99, longest", "%s, %s, %s", rounded(quantile(one.added, 0.5)),
			rounded(quantile(one.added, 0.99)), rounded(quantile(one.added, 1)))
	}
	wrong := 0
	for _, one := range ways {
		wrong += one.wrong
	}
	server, proxy, nothing := quantile(ways[0].added, 0.99), quantile(ways[1].added, 0.99), quantile(ways[2].added, 0.99)
	found.notef("p99 that the reverse proxy adds to that of nothing", "%s", rounded(proxy-nothing))
	found.atMost("answered otherwise than 200", float64(wrong), 0)
	found.atMost("p99 that the server adds to that of nothing, in ms", (server-nothing).Seconds()*1000, r.bound.Seconds()*1000)
}

func rounded(d time.Duration) time.Duration { return d.Round(10 * time.Microsecond) }

// fetch reads an answer, which must be 200, to its end.
func fetch(ctx context.Context, client *http.Client, method, url string) error {
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken().Reveal())
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s answered %s", method, url, response.Status)
	}
	return nil
}
