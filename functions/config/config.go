// Package config is the configuration of every deployment: one struct, read
// from the environment and checked as a whole, so that a start fails with
// every mistake named at once.
//
// It may import core with its drivers, which it asks what they would refuse,
// events, and the environment library.
package config

import (
	"log/slog"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Config is every knob there is. The doc tag is the line of the table in the
// README; a field of type [secret.Value] can also be read from the file that
// NAME_FILE names.
type Config struct {
	Function Function `env:"FUNCTION" doc:"which handler this deployment is: callback, refresh or credentials; the local server has all of them, or that one" none:"all; on AWS Lambda and Function Compute it must be set"`

	AccessKeyID     string       `env:"ALIBABA_CLOUD_ACCESS_KEY_ID" doc:"key of the account or RAM user; without one, serve and demo use a simulator" none:"none; on Function Compute the function's role"`
	AccessKeySecret secret.Value `env:"ALIBABA_CLOUD_ACCESS_KEY_SECRET" doc:"its secret" none:"none"`
	SecurityToken   secret.Value `env:"ALIBABA_CLOUD_SECURITY_TOKEN" doc:"with temporary (STS) keys" none:"none"`
	AliyunRegion    string       `env:"ALIYUN_VOD_REGION" envDefault:"cn-shanghai" doc:"service region of the media; URL-level operations go to cn-shanghai unless an endpoint is set"`
	AliyunEndpoint  string       `env:"ALIYUN_VOD_ENDPOINT" doc:"another address of the API, such as a VPC endpoint" none:"from the region, https"`
	CallbackURLs    []string     `env:"ALIYUN_CALLBACK_URLS" doc:"callback URLs as registered with VOD, to the letter; comma list, all pairs with the keys are tried" none:"none: aliyun callbacks are refused"`
	CallbackKeys    Secrets      `env:"ALIYUN_CALLBACK_KEYS" doc:"callback keys, comma list; two while a key is rotated" none:"none: aliyun callbacks are refused"`
	AliyunRate      float64      `env:"ALIYUN_RATE" envDefault:"50" doc:"most refresh calls a second of this instance"`

	HuaweiAccessKey     string        `env:"HUAWEICLOUD_SDK_AK" doc:"access key of the Huawei Cloud account or IAM user" none:"none"`
	HuaweiSecretKey     secret.Value  `env:"HUAWEICLOUD_SDK_SK" doc:"its secret" none:"none"`
	HuaweiSecurityToken secret.Value  `env:"HUAWEICLOUD_SDK_SECURITY_TOKEN" doc:"with a temporary access key" none:"none"`
	HuaweiProjectID     string        `env:"HUAWEICLOUD_SDK_PROJECT_ID" doc:"project of the region; required with HUAWEICLOUD_SDK_AK" none:"none"`
	HuaweiRegion        string        `env:"HUAWEI_VOD_REGION" envDefault:"cn-north-4" doc:"service region of the assets"`
	HuaweiEndpoint      string        `env:"HUAWEI_VOD_ENDPOINT" doc:"another address of the API" none:"from the region, https"`
	MFSKeys             Secrets       `env:"HUAWEI_MFS_KEYS" doc:"authentication keys of MFS callbacks, comma list; two while a key is rotated" none:"none: MFS callbacks are refused"`
	MFSWindow           time.Duration `env:"HUAWEI_MFS_WINDOW" envDefault:"1h" doc:"how old an MFS callback may be, 1m to 168h; the channel may lag by minutes"`
	SMNTopics           []string      `env:"HUAWEI_SMN_TOPICS" doc:"URNs of the SMN topics whose messages are taken, comma list" none:"none: SMN callbacks are refused"`
	SMNCerts            string        `env:"HUAWEI_SMN_CERTS" doc:"folder of SMN's signing certificates, named as in their URLs (SMN_region_id.pem)" none:"fetched from Huawei, pinned to the topic's region"`
	SMNConfirm          bool          `env:"HUAWEI_SMN_CONFIRM" envDefault:"true" doc:"confirm subscriptions of these topics; false only logs them"`
	HuaweiDaily         int           `env:"HUAWEI_DAILY" envDefault:"1000" doc:"assets that a day allows, for refresh and preload each; counted in the store"`

	APITokens Secrets `env:"API_TOKENS" doc:"bearer tokens for /v1, at least 16 characters each; comma list, two for rotation" none:"none: /v1 is refused"`

	TicketKeys      Secrets       `env:"UPLOAD_TICKET_KEYS" doc:"keys of the tickets with which upload clients ask for credentials (HS256), at least 32 bytes each; comma list, the first signs, two for rotation" none:"none: credentials are for API tokens alone"`
	CORSOrigins     []string      `env:"CORS_ORIGINS" doc:"origins of the pages that may ask for upload credentials, to the letter, such as https://www.example.com; comma list" none:"none"`
	MinLife         time.Duration `env:"CREDENTIALS_MIN_LIFE" envDefault:"10m" doc:"upload credentials are given a second time, within a minute, while so much of their life is left; at most 1h"`
	Budget          int           `env:"CREDENTIALS_BUDGET" envDefault:"10" doc:"requests a minute for the upload credentials of one video, 1 to 600; more are answered with 429"`
	CredentialsRate float64       `env:"CREDENTIALS_RATE" doc:"calls a second of the account for upload credentials, its limit for RefreshUploadVideo" none:"80 in cn-beijing, cn-shanghai, cn-shenzhen and ap-southeast-1, 40 elsewhere"`

	QueueURL     URL           `env:"QUEUE_URL" envDefault:"embedded:" doc:"hand-over from callback to refresh: embedded: (NATS in this process, files in DATA_DIR), nats://host:port,...?replicas=3, redis://host:port/0, rediss://, sqs:// and the queue's URL without https://, or direct: (submits before the callback is answered). On AWS Lambda sqs:// or direct:, on Function Compute redis://, rediss:// or direct:, which is the default there"`
	StoreURL     URL           `env:"STORE_URL" envDefault:"embedded:" doc:"durable state: embedded:, nats://, redis://, rediss://, dynamodb://table, or none: (keeps nothing). On AWS Lambda dynamodb:// or none:, on Function Compute redis://, rediss:// or none:, which is the default there"`
	DataDir      string        `env:"DATA_DIR" envDefault:"./data" doc:"folder of the embedded queue and store; one process at a time"`
	Linger       time.Duration `env:"LINGER" envDefault:"100ms" doc:"how long a call for one media waits for a second one; up to 20 times as long while more keeps coming. At most 1m"`
	Skew         time.Duration `env:"SKEW" envDefault:"2s" doc:"how far the clocks of all machines and platforms may be apart; at most 5m"`
	QuotaReserve Percent       `env:"QUOTA_RESERVE" envDefault:"10" doc:"percent of the day's quota that is kept for requests by hand, 0 to 100"`
	QuotaZone    Zone          `env:"QUOTA_ZONE" envDefault:"+08:00" doc:"where the day of the quota begins at 00:00, as an offset"`
	MediaDaily   int           `env:"MEDIA_DAILY" envDefault:"12" doc:"refreshes that callbacks may cause per media and day; 0 for any number"`
	RulesFile    string        `env:"RULES_FILE" doc:"file with rules, YAML" none:"built-in rules"`
	RulesText    string        `env:"RULES" doc:"the rules themselves, YAML, instead of a file" none:"built-in rules"`
	ListenAddr   string        `env:"LISTEN_ADDR" envDefault:"127.0.0.1:8080" doc:"address of the local server"`
	LogLevel     slog.Level    `env:"LOG_LEVEL" envDefault:"info" doc:"debug, info, warn or error"`
	DryRun       bool          `env:"DRY_RUN" envDefault:"false" doc:"decide and log, submit nothing"`
	AllowHTTP    bool          `env:"ALLOW_HTTP_ENDPOINT" envDefault:"false" doc:"http endpoints are for loopback hosts; true also admits private addresses (emulators in containers), with a warning at each start"`

	// Platform is where the program runs.
	Platform Platform `env:"-"`
	// Rules are those of RULES_FILE or RULES, or the built-in ones.
	Rules core.Rules `env:"-"`

	misspelt []misspelt `env:"-"` // for the notes
}

// HasCredentials reports whether keys for any cloud are set.
func (c Config) HasCredentials() bool { return c.HasAliyun() || c.HasHuawei() }

// HasAliyun reports whether keys for Alibaba Cloud are set, or come with each
// invocation.
func (c Config) HasAliyun() bool { return c.AccessKeyID != "" || c.Platform == FunctionCompute }

// HasHuawei reports whether keys for Huawei Cloud are set.
func (c Config) HasHuawei() bool { return c.HuaweiAccessKey != "" }

// Secrets is a comma list of secrets.
type Secrets []secret.Value
