package requesttest

import (
	"testing"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// What the deployments know, and the requests of the table are made with. None of
// it is anybody's.
const (
	AccessKeyID     = "LTAI5tMadeUpKey"
	AccessKeySecret = "MadeUpSecret0123456789"
	CallbackURL     = "https://public.example.com/hooks/vod?tenant=7"
	CallbackKey     = "MadeUpCallbackKey42"
	FormerKey       = "MadeUpCallbackKey41" // which is being rotated out
	MFSKey          = "MadeUpMfsKey17"
	Token           = "made-up-api-token-0123" //nolint:gosec // nobody's
	TicketKey       = "made-up-ticket-key-of-more-than-32-bytes"
	Origin          = "https://www.example.com"
)

// Platform starts a simulated platform for a test, and returns its URL. Every
// media is there, but for those whose IDs begin with missing; those of forbidden
// ones belong to others, and those that begin with uploading wait for a source.
func Platform(tb testing.TB) (url string) {
	tb.Helper()
	platform := vodsim.New(vodsim.Config{
		AccessKeyID: AccessKeyID, AccessKeySecret: secret.New(AccessKeySecret), AnyMedia: true, Rate: -1, UploadRate: -1,
	})
	tb.Cleanup(func() { _ = platform.Close() })
	url, err := platform.Start()
	if err != nil {
		tb.Fatal(err)
	}
	return url
}

// Environ is the environment of a function that calls the platform at a URL.
func Environ(function config.Function, platform string) []string {
	return []string{
		"FUNCTION=" + string(function), "QUEUE_URL=direct:", "STORE_URL=none:", "LOG_LEVEL=debug",
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + AccessKeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + AccessKeySecret, "ALIYUN_VOD_ENDPOINT=" + platform,
		"ALIYUN_CALLBACK_URLS=https://other.example.com/," + CallbackURL, "ALIYUN_CALLBACK_KEYS=" + FormerKey + "," + CallbackKey,
		"HUAWEICLOUD_SDK_AK=MadeUpHuaweiKey", "HUAWEICLOUD_SDK_SK=MadeUpHuaweiSecret", "HUAWEICLOUD_SDK_PROJECT_ID=made-up-project",
		"HUAWEI_VOD_ENDPOINT=" + platform, "HUAWEI_MFS_KEYS=" + MFSKey,
		"API_TOKENS=" + Token, "UPLOAD_TICKET_KEYS=" + TicketKey, "CORS_ORIGINS=" + Origin,
	}
}
