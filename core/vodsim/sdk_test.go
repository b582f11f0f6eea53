package vodsim_test

import (
	"errors"
	"strings"
	"testing"

	sdkerrors "github.com/aliyun/alibaba-cloud-sdk-go/sdk/errors"
	"github.com/aliyun/alibaba-cloud-sdk-go/services/vod"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// stock is a client as the SDK makes it, pointed at a platform.
func stock(t *testing.T, keySecret string) (*vod.Client, *vodsim.Server) {
	t.Helper()
	// The SDK signs with the machine's time.
	s := vodsim.New(vodsim.Config{
		AccessKeyID: keyID, AccessKeySecret: secret.New("right"), SecurityToken: secret.New("sts+token/="),
		AnyMedia: true, SubmitTime: -1, RefreshTime: -1, Clock: clock.System{},
	})
	t.Cleanup(func() { _ = s.Close() })
	base, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	client, err := vod.NewClientWithStsToken("cn-shanghai", keyID, keySecret, "sts+token/=")
	if err != nil {
		t.Fatal(err)
	}
	client.Domain = strings.TrimPrefix(base, "http://")
	return client, s
}

func TestStockSDK(t *testing.T) {
	t.Parallel()
	client, s := stock(t, "right")
	s.AddMedia(vodsim.Media{ID: "b", Streams: []vodsim.Stream{{Format: "mp4", Definition: "SD", URL: "https://a.example/broken ü.mp4"}}})

	refresh := vod.CreateRefreshMediaPlayUrlsRequest()
	refresh.MediaIds, refresh.TaskType, refresh.UserData = "a, b,missing", "Refresh", `{"Extend":"~*+ ü"}`
	submitted, err := client.RefreshMediaPlayUrls(refresh)
	if err != nil {
		t.Fatal(err)
	}
	if submitted.MediaRefreshJobId == "" || submitted.NonExistMediaIds != "missing" || submitted.RequestId == "" {
		t.Errorf("submitted %+v", submitted)
	}

	get := vod.CreateGetMediaRefreshJobsRequest()
	get.MediaRefreshJobId = submitted.MediaRefreshJobId
	jobs, err := client.GetMediaRefreshJobs(get)
	if err != nil {
		t.Fatal(err)
	}
	if len(jobs.MediaRefreshJobs) != 2 || jobs.MediaRefreshJobs[1].Status != "success" {
		t.Fatalf("jobs %+v", jobs.MediaRefreshJobs)
	}

	describe := vod.CreateDescribeVodRefreshTasksRequest()
	describe.TaskId = jobs.MediaRefreshJobs[1].TaskIds
	tasks, err := client.DescribeVodRefreshTasks(describe)
	if err != nil {
		t.Fatal(err)
	}
	if tasks.TotalCount != 1 || tasks.Tasks.Task[0].Status != "Failed" || tasks.Tasks.Task[0].Process != "100%" {
		t.Errorf("tasks %+v", tasks.Tasks)
	}

	quota, err := client.DescribeVodRefreshQuota(vod.CreateDescribeVodRefreshQuotaRequest())
	if err != nil {
		t.Fatal(err)
	}
	if quota.UrlRemain != "1996" || quota.BlockRemain != "300" {
		t.Errorf("quota %+v", quota)
	}

	info := vod.CreateGetVideoInfoRequest()
	info.VideoId = "a"
	video, err := client.GetVideoInfo(info)
	if err != nil {
		t.Fatal(err)
	}
	if video.Video.VideoId != "a" || video.Video.Status != "Normal" {
		t.Errorf("video %+v", video.Video)
	}

	play := vod.CreateGetPlayInfoRequest()
	play.VideoId = "a"
	streams, err := client.GetPlayInfo(play)
	if err != nil {
		t.Fatal(err)
	}
	if got := streams.PlayInfoList.PlayInfo; len(got) != 3 || got[2].Format != "m3u8" {
		t.Errorf("streams %+v", got)
	}
}

func TestStockSDKReadsRefusals(t *testing.T) {
	t.Parallel()
	client, _ := stock(t, "wrong")
	_, err := client.DescribeVodRefreshQuota(vod.CreateDescribeVodRefreshQuotaRequest())
	refusal, ok := errors.AsType[*sdkerrors.ServerError](err)
	if !ok {
		t.Fatalf("error %v, want a ServerError", err)
	}
	if refusal.HttpStatus() != 400 || refusal.ErrorCode() != "SignatureDoesNotMatch" || refusal.RequestId() == "" || refusal.HostId() == "" {
		t.Errorf("refusal %+v", refusal)
	}
	// The SDK compares the strings to sign and blames the secret only if they are equal.
	if !strings.Contains(refusal.Recommend(), "InvalidAccessKeySecret") {
		t.Errorf("recommendation %q: the string to sign differs from the SDK's", refusal.Recommend())
	}
}
