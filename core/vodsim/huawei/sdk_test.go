package huawei_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"
	vod "github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/vod/v1/model"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// stock is a client as the SDK makes it, pointed at a platform.
func stock(t *testing.T, secretKey string) (*vod.VodClient, *huawei.Server) {
	t.Helper()
	// The SDK signs with the machine's time.
	s := huawei.New(huawei.Config{
		AccessKey: accessKey, SecretKey: secret.New("right"), ProjectID: project, SecurityToken: secret.New("sts+token/="),
		AnyMedia: true, RefreshTime: -1, Clock: clock.System{},
	})
	t.Cleanup(func() { _ = s.Close() })
	base, err := s.Start()
	if err != nil {
		t.Fatal(err)
	}
	return client(t, base, secretKey), s
}

func client(t *testing.T, endpoint, secretKey string) *vod.VodClient {
	t.Helper()
	credentials, err := basic.NewCredentialsBuilder().
		WithAk(accessKey).WithSk(secretKey).WithProjectId(project).WithSecurityToken("sts+token/=").SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	// Without a user agent the SDK would write a file into the home directory.
	settings := config.DefaultHttpConfig().WithTimeout(10 * time.Second).WithUserAgent("vodsim test")
	built, err := vod.VodClientBuilder().WithEndpoint(endpoint).WithCredential(credentials).WithHttpConfig(settings).SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	return vod.NewVodClient(built)
}

func TestStockSDK(t *testing.T) {
	t.Parallel()
	client, s := stock(t, "right")
	s.AddAsset("b", "https://cdn.example.com/broken ü.mp4")

	refreshed, err := client.RefreshAsset(&model.RefreshAssetRequest{Body: &model.RefreshTaskReq{AssetIdList: &[]string{"a", "b"}}})
	if err != nil {
		t.Fatal(err)
	}
	if refreshed.HttpStatusCode != 202 || refreshed.TaskId == nil {
		t.Fatalf("refreshed %v", refreshed)
	}
	result, err := client.ShowRefreshResult(&model.ShowRefreshResultRequest{TaskId: *refreshed.TaskId})
	if err != nil {
		t.Fatal(err)
	}
	if got := *result.RefreshResults; len(got) != 4 || got[0].Status.Value() != "SUCCEED" || got[3].Status.Value() != "failed" {
		t.Errorf("results %v", got)
	}

	url := "https://cdn.example.com/a b/视频.mp4?x=1&y=<2>"
	preheated, err := client.CreatePreheatingAsset(&model.CreatePreheatingAssetRequest{Body: &model.CreatePreheatingAssetReq{Urls: &[]string{url}}})
	if err != nil {
		t.Fatal(err)
	}
	preheating, err := client.ShowPreheatingAsset(&model.ShowPreheatingAssetRequest{TaskId: *preheated.TaskId})
	if err != nil {
		t.Fatal(err)
	}
	if got := *preheating.PreheatingResults; len(got) != 1 || *got[0].Url != url {
		t.Errorf("results %v", got)
	}
	if calls := s.Calls(); calls[2].Action != "CreatePreheatingAsset" || calls[2].URLs[0] != url {
		t.Errorf("calls %+v", calls)
	}
}

func TestStockSDKReadsDetails(t *testing.T) {
	t.Parallel()
	client, _ := stock(t, "right")
	categories := []model.ShowAssetDetailRequestCategories{
		model.GetShowAssetDetailRequestCategoriesEnum().BASE_INFO, model.GetShowAssetDetailRequestCategoriesEnum().TRANSCODE_INFO,
	}
	detail, err := client.ShowAssetDetail(&model.ShowAssetDetailRequest{AssetId: "a", Categories: &categories})
	if err != nil {
		t.Fatal(err)
	}
	if *detail.BaseInfo.Title != "a" || len(detail.TranscodeInfo.Output) != 3 || detail.TranscodeInfo.Output[2].PlayType.Value() != "MP4" {
		t.Errorf("detail %v", detail)
	}
	meta, err := client.ShowAssetMeta(&model.ShowAssetMetaRequest{AssetId: &[]string{"a", "missing"}})
	if err != nil {
		t.Fatal(err)
	}
	if got := *meta.AssetInfoArray; len(got) != 2 || *got[0].Status != "PUBLISHED" || *got[1].Status != "NO_ASSET" {
		t.Errorf("meta %v", got)
	}
}

func TestStockSDKReadsRefusals(t *testing.T) {
	t.Parallel()
	client, _ := stock(t, "wrong")
	_, err := client.ShowRefreshResult(&model.ShowRefreshResultRequest{TaskId: "a"})
	refusal, ok := errors.AsType[*sdkerr.ServiceResponseError](err)
	if !ok {
		t.Fatalf("error %v, want a ServiceResponseError", err)
	}
	if refusal.StatusCode != http.StatusUnauthorized || refusal.ErrorCode != "APIGW.0301" || len(refusal.RequestId) != 32 || refusal.ErrorMessage == "" {
		t.Errorf("refusal %+v", refusal)
	}
}
