package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// studio is a platform on which every video is being uploaded. It does nothing but
// answer, and tell how long that took: what comes on top of it is to be measured.
type studio struct {
	clock   clock.Clock
	latency time.Duration

	mu   sync.Mutex
	took map[string]time.Duration // by the video
}

// studio is the process of that platform. It announces two URLs: the API, and GET
// /times, the nanoseconds that each video took.
func (s *session) studio() *cobra.Command {
	one := &studio{clock: s.clock, took: make(map[string]time.Duration)}
	cmd := &cobra.Command{
		Use:   "studio",
		Short: "Be a platform with uploads under way",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.serve(cmd.Context(), listening{anyPort, one}, listening{anyPort, http.HandlerFunc(one.times)})
		},
	}
	cmd.Flags().DurationVar(&one.latency, "latency", 0, "passes before each answer")
	return cmd
}

// ServeHTTP answers GetVideoInfo and RefreshUploadVideo.
func (s *studio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.clock.Now()
	_ = s.clock.Sleep(r.Context(), s.latency) // who has hung up reads no answer
	video := r.URL.Query().Get("VideoId")
	answer := map[string]any{"RequestId": "studio", "Video": map[string]string{"VideoId": video, "Status": "Uploading"}}
	if r.URL.Query().Get("Action") == "RefreshUploadVideo" {
		answer = map[string]any{
			"RequestId": "studio", "VideoId": video,
			"UploadAddress": encoded(`{"Endpoint":"https://oss-cn-shanghai.aliyuncs.com","Bucket":"b","FileName":"f.mp4"}`),
			"UploadAuth": encoded(fmt.Sprintf(`{"SecurityToken":"%0972d","AccessKeyId":"STS.x","ExpireUTCTime":%q,"AccessKeySecret":"y"}`,
				0, began.Add(50*time.Minute).UTC().Format(time.RFC3339))),
		}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	s.mu.Lock()
	s.took[video] += s.clock.Now().Sub(began)
	s.mu.Unlock()
	_, _ = w.Write(body)
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func (s *studio) times(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_ = json.NewEncoder(w).Encode(s.took)
}

// proxy is the least that can stand between a client and the platform.
func (s *session) proxy() *cobra.Command {
	var endpoint string
	cmd := &cobra.Command{
		Use:   "proxy",
		Short: "Be a reverse proxy that only passes on",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			to, err := url.Parse(endpoint)
			if err != nil {
				return err
			}
			return s.serve(cmd.Context(), listening{anyPort, &httputil.ReverseProxy{
				Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
			}})
		},
	}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "the platform's URL")
	return cmd
}
