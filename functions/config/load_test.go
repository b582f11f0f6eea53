package config_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

func TestLoadDefaults(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.AliyunRegion != "cn-shanghai" || cfg.AliyunRate != 50 || cfg.QueueURL != "embedded:" || cfg.StoreURL != "embedded:" || cfg.DataDir != "./data" ||
		cfg.ListenAddr != "127.0.0.1:8080" || cfg.LogLevel != slog.LevelInfo || cfg.DryRun || cfg.AllowHTTP || cfg.HasCredentials() {
		t.Errorf("got %+v", cfg)
	}
	if cfg.Linger != 100*time.Millisecond || cfg.Skew != 2*time.Second || cfg.QuotaReserve.Share() != 0.1 || cfg.QuotaZone.String() != "+08:00" || cfg.MediaDaily != 12 {
		t.Errorf("got %+v", cfg)
	}
	_, _, reason := cfg.Rules.Decide(events.Event{
		Provider: events.Aliyun, Type: "TranscodeComplete", Kind: events.Transcoded, Status: events.Success, MediaID: "m",
	})
	if reason != core.Wanted {
		t.Errorf("the built-in rules want no TranscodeComplete: %s", reason)
	}
}

func TestLoadEverything(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret", "ALIBABA_CLOUD_SECURITY_TOKEN=",
		"ALIYUN_VOD_REGION=ap-southeast-1", "ALIYUN_VOD_ENDPOINT=http://127.0.0.1:9", "ALIYUN_RATE=12.5",
		"ALIYUN_CALLBACK_URLS=https://a.example.com/cb, https://b.example.com/cb?x=1", "ALIYUN_CALLBACK_KEYS=KeyOne1,KeyTwo2",
		"API_TOKENS=0123456789abcdef,fedcba9876543210", "QUEUE_URL=nats://a:4222,tls://me:pw@b:4222?replicas=3", "STORE_URL=rediss://me:pw@c:6380/2",
		"DATA_DIR=/var/lib/vodrefresh", "LINGER=1m", "SKEW=0s", "QUOTA_RESERVE=25 %", "QUOTA_ZONE=-03:30", "MEDIA_DAILY=0",
		"RULES={rules: [{on: [TranscodeComplete], do: preload}]}",
		"LISTEN_ADDR=:0", "LOG_LEVEL=debug", "DRY_RUN=true", "ALLOW_HTTP_ENDPOINT=true", "HOME=/nowhere",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.CallbackURLs) != 2 || cfg.CallbackURLs[1] != "https://b.example.com/cb?x=1" {
		t.Errorf("callback URLs: got %q", cfg.CallbackURLs)
	}
	if len(cfg.CallbackKeys) != 2 || cfg.CallbackKeys[1].Reveal() != "KeyTwo2" || cfg.APITokens[1].Reveal() != "fedcba9876543210" {
		t.Error("keys or tokens were not split at the comma")
	}
	if cfg.AliyunRate != 12.5 || cfg.LogLevel != slog.LevelDebug || !cfg.DryRun || !cfg.AllowHTTP || !cfg.HasCredentials() {
		t.Errorf("got %+v", cfg)
	}
	if servers, copies := cfg.QueueURL.NATS(); servers != "nats://a:4222,tls://me:pw@b:4222" || copies != 3 || cfg.StoreURL.Reveal() != "rediss://me:pw@c:6380/2" {
		t.Errorf("queue %q x %d, store %q", servers, copies, cfg.StoreURL.Reveal())
	}
	if cfg.DataDir != "/var/lib/vodrefresh" || cfg.Linger != time.Minute || cfg.Skew != 0 || cfg.QuotaReserve.Share() != 0.25 ||
		cfg.QuotaZone.String() != "-03:30" || cfg.MediaDaily != 0 {
		t.Errorf("got %+v", cfg)
	}
	if all := cfg.Rules.All(); len(all) != 1 || all[0].Do != core.DoPreload {
		t.Errorf("rules: got %+v", all)
	}
}

// What is set to nothing and is no secret has its default.
func TestLoadTakesNothingForUnset(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{"QUEUE_URL=", "STORE_URL=", "DATA_DIR=", "LINGER=", "SKEW=", "QUOTA_RESERVE=", "QUOTA_ZONE=", "MEDIA_DAILY="})
	if err != nil {
		t.Fatal(err)
	}
	unset, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := cfg.Settings(), unset.Settings(); !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

func TestLoadNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	broken := filepath.Join(t.TempDir(), "rules.yaml")
	if err := os.WriteFile(broken, []byte("rules: ["), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		environ []string
		want    []string // parts of the error
	}{
		"rate no number":       {[]string{"ALIYUN_RATE=fast"}, []string{"ALIYUN_RATE", `"fast"`, "number"}},
		"rate zero":            {[]string{"ALIYUN_RATE=0"}, []string{"ALIYUN_RATE", "above 0"}},
		"rate not a number":    {[]string{"ALIYUN_RATE=NaN"}, []string{"ALIYUN_RATE", "above 0"}},
		"level":                {[]string{"LOG_LEVEL=loud"}, []string{"LOG_LEVEL", `"loud"`, "debug, info, warn, error"}},
		"dry run":              {[]string{"DRY_RUN=perhaps"}, []string{"DRY_RUN", `"perhaps"`, "true or false"}},
		"allow http":           {[]string{"ALLOW_HTTP_ENDPOINT=perhaps"}, []string{"ALLOW_HTTP_ENDPOINT", "true or false"}},
		"queue":                {[]string{"QUEUE_URL=kafka://x"}, []string{"QUEUE_URL", "kafka:", "direct:"}},
		"store":                {[]string{"STORE_URL=mysql://x"}, []string{"STORE_URL", "mysql:", "none:"}},
		"listen":               {[]string{"LISTEN_ADDR=8080"}, []string{"LISTEN_ADDR", `"8080"`, "host:port"}},
		"almost a queue":       {[]string{"QUEUE_URL=direct"}, []string{"QUEUE_URL", "must be direct:", `not "direct"`}},
		"queue, none":          {[]string{"QUEUE_URL=none:"}, []string{"QUEUE_URL", "direct:", `not "none:"`}},
		"store, direct":        {[]string{"STORE_URL=direct:"}, []string{"STORE_URL", "none:", `not "direct:"`}},
		"embedded somewhere":   {[]string{"QUEUE_URL=embedded:/data"}, []string{"QUEUE_URL", "must be embedded: and nothing after it", "embedded:…"}},
		"queue without a host": {[]string{"QUEUE_URL=nats://"}, []string{"QUEUE_URL", "nats://host:port"}},
		"a port alone":         {[]string{"STORE_URL=redis://:6379"}, []string{"STORE_URL", "redis://host:port"}},
		"one of two servers":   {[]string{"QUEUE_URL=nats://a:4222,b:4222"}, []string{"QUEUE_URL", "nats://host:port"}},
		"port of a queue":      {[]string{"QUEUE_URL=redis://a:b"}, []string{"QUEUE_URL", "redis://host:port"}},
		"two replicas":         {[]string{"QUEUE_URL=nats://a?replicas=2"}, []string{"QUEUE_URL", "replicas=1, 3 or 5"}},
		"replicas no number":   {[]string{"STORE_URL=nats://a?replicas=all"}, []string{"STORE_URL", "replicas=1, 3 or 5"}},
		"other parameter":      {[]string{"STORE_URL=tls://a?copies=3"}, []string{"STORE_URL", "replicas=1, 3 or 5"}},
		"linger zero":          {[]string{"LINGER=0s"}, []string{"LINGER", "above 0 and at most 1m", `"0s"`}},
		"linger too long":      {[]string{"LINGER=61s"}, []string{"LINGER", "at most 1m", `"1m1s"`}},
		"linger no duration":   {[]string{"LINGER=100"}, []string{"LINGER", "such as 100ms", `"100"`}},
		"skew negative":        {[]string{"SKEW=-1s"}, []string{"SKEW", "between 0s and 5m", `"-1s"`}},
		"skew too long":        {[]string{"SKEW=5m1s"}, []string{"SKEW", "between 0s and 5m", `"5m1s"`}},
		"skew no duration":     {[]string{"SKEW=two"}, []string{"SKEW", "such as 2s", `"two"`}},
		"reserve too large":    {[]string{"QUOTA_RESERVE=101"}, []string{"QUOTA_RESERVE", "between 0 and 100 percent", "101"}},
		"reserve negative":     {[]string{"QUOTA_RESERVE=-0.1%"}, []string{"QUOTA_RESERVE", "between 0 and 100 percent", "-0.1"}},
		"reserve not a number": {[]string{"QUOTA_RESERVE=NaN"}, []string{"QUOTA_RESERVE", "between 0 and 100 percent"}},
		"reserve in words":     {[]string{"QUOTA_RESERVE=half"}, []string{"QUOTA_RESERVE", "must be a number of percent", `"half"`}},
		"zone by name":         {[]string{"QUOTA_ZONE=Asia/Shanghai"}, []string{"QUOTA_ZONE", "such as +08:00", `"Asia/Shanghai"`}},
		"zone without a sign":  {[]string{"QUOTA_ZONE=08:00"}, []string{"QUOTA_ZONE", "such as +08:00", `"08:00"`}},
		"zone of no place":     {[]string{"QUOTA_ZONE=+25:00"}, []string{"QUOTA_ZONE", "such as +08:00", `"+25:00"`}},
		"daily negative":       {[]string{"MEDIA_DAILY=-1"}, []string{"MEDIA_DAILY", "must be 0 or more", "-1"}},
		"daily no number":      {[]string{"MEDIA_DAILY=1.5"}, []string{"MEDIA_DAILY", "must be a whole number", `"1.5"`}},
		"all amounts at once":  {[]string{"LINGER=0s", "SKEW=1h", "QUOTA_RESERVE=200", "MEDIA_DAILY=-2"}, []string{"LINGER", "SKEW", "QUOTA_RESERVE", "MEDIA_DAILY"}},
		"almost a store":       {[]string{"STORE_URL=none:x"}, []string{"STORE_URL", "none:"}},
		"SDK debugging":        {[]string{"DEBUG=sdk"}, []string{"DEBUG", "tokens"}},
		"port":                 {[]string{"LISTEN_ADDR=:99999"}, []string{"LISTEN_ADDR", "65535"}},
		"empty rules":          {[]string{"RULES="}, []string{"RULES", "must not be empty"}},
		"short token":          {[]string{"API_TOKENS=0123456789abcdef,short"}, []string{"API_TOKENS", "16 characters", "token 2 of 2"}},
		"blank token":          {[]string{"API_TOKENS=0123456789abcdef "}, []string{"API_TOKENS", "blank"}},
		"empty tokens":         {[]string{"API_TOKENS="}, []string{"API_TOKENS", "must not be empty"}},
		"empty callback keys":  {[]string{"ALIYUN_CALLBACK_URLS=https://a.example.com/", "ALIYUN_CALLBACK_KEYS="}, []string{"ALIYUN_CALLBACK_KEYS", "must not be empty"}},
		"empty key in a list":  {[]string{"ALIYUN_CALLBACK_URLS=https://a.example.com/", "ALIYUN_CALLBACK_KEYS=KeyOne1,"}, []string{"ALIYUN_CALLBACK_KEYS", "2"}},
		"endpoint":             {[]string{"ALIYUN_VOD_ENDPOINT=http://8.8.8.8", "ALIYUN_VOD_REGION=a b", "LOG_LEVEL=loud"}, []string{"ALIYUN_VOD_ENDPOINT", "ALIYUN_VOD_REGION", "LOG_LEVEL"}},
		"URL, and empty keys":  {[]string{"ALIYUN_CALLBACK_URLS=nope", "ALIYUN_CALLBACK_KEYS="}, []string{"ALIYUN_CALLBACK_URLS", "absolute", "ALIYUN_CALLBACK_KEYS"}},
		"keys without URLs":    {[]string{"ALIYUN_CALLBACK_KEYS=KeyOne1"}, []string{"ALIYUN_CALLBACK_URLS"}},
		"URLs without keys":    {[]string{"ALIYUN_CALLBACK_URLS=https://a.example.com/"}, []string{"ALIYUN_CALLBACK_KEYS"}},
		"empty access secret":  {[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET="}, []string{"ALIBABA_CLOUD_ACCESS_KEY_SECRET"}},
		"no access secret":     {[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id"}, []string{"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "required"}},
		"no access key":        {[]string{"ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"}, []string{"ALIBABA_CLOUD_ACCESS_KEY_ID", "required"}},
		"rules no YAML":        {[]string{"RULES=rules: ["}, []string{"RULES: rules: not readable as YAML", `not "rules: ["`}},
		"rule file no YAML":    {[]string{"RULES_FILE=" + broken}, []string{"RULES_FILE: rules: not readable as YAML", "not " + core.Quote(broken)}},
		"no certificates":      {[]string{"HUAWEI_SMN_CERTS=/does/not/exist"}, []string{"HUAWEI_SMN_CERTS", "open /does/not/exist: no such file"}},
		"redis, parameter":     {[]string{"QUEUE_URL=redis://h:6379/0?foo=bar"}, []string{"QUEUE_URL: must have no parameters but cluster and prefix", "redis:…"}},
		"redis, path":          {[]string{"STORE_URL=rediss://h:6379/jobs"}, []string{"STORE_URL: must have nothing but the number of a database", "rediss:…"}},
		"redis, cluster":       {[]string{"STORE_URL=redis://h/1?cluster=true"}, []string{"STORE_URL: must have database 0"}},
		"two kinds of rules":   {[]string{"RULES={}", "RULES_FILE=x.yaml"}, []string{"RULES_FILE or RULES", "only one"}},
		"rule file missing":    {[]string{"RULES_FILE=/does/not/exist.yaml"}, []string{"RULES_FILE", "no such file"}},
		"rule for our own":     {[]string{"RULES={rules: [{on: [SubmitMediaRefreshComplete], do: refresh}]}"}, []string{"rules[0].on", "SubmitMediaRefreshComplete"}},
		"delay without queue":  {[]string{"QUEUE_URL=direct:", "RULES={rules: [{on: [TranscodeComplete], do: refresh, delay: 30s}]}"}, []string{"delay", "30s", "queue"}},
		"secret file missing":  {[]string{"API_TOKENS_FILE=/does/not/exist"}, []string{"API_TOKENS_FILE", "no such file"}},
		"secret given twice":   {[]string{"API_TOKENS_FILE=/x", "API_TOKENS=0123456789abcdef"}, []string{"API_TOKENS_FILE", "together with API_TOKENS"}},
		"several, all at once": {[]string{"ALIYUN_RATE=fast", "LOG_LEVEL=loud", "API_TOKENS=", "QUEUE_URL=x"}, []string{"ALIYUN_RATE", "LOG_LEVEL", "API_TOKENS", "QUEUE_URL"}},
		"several, of our own":  {[]string{"LISTEN_ADDR=8080", "QUEUE_URL=x", "STORE_URL=y"}, []string{"LISTEN_ADDR", "QUEUE_URL", "STORE_URL"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := config.Load(c.environ)
			if core.KindOf(err) != core.Invalid {
				t.Fatalf("got %v, want an error of kind Invalid", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
}

func TestLoadShowsNoSecretInErrors(t *testing.T) {
	t.Parallel()
	const secret = "S3CRET"
	_, err := config.Load([]string{
		"API_TOKENS=" + secret, "ALIYUN_CALLBACK_KEYS=" + secret + " ," + secret, "ALIYUN_CALLBACK_URLS=nonsense",
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + secret, "LOG_LEVEL=loud", "QUEUE_URL=redis://user:" + secret + "@host",
	})
	if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), secret) {
		t.Errorf("the error shows a secret, or there is none: %v", err)
	}
}

func TestSecretsFromFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ content, want string }{
		"as it is":             {"0123456789abcdef", "0123456789abcdef"},
		"one newline dropped":  {"0123456789abcdef\n", "0123456789abcdef"},
		"one CRLF dropped":     {"0123456789abcdef\r\n", "0123456789abcdef"},
		"blanks inside stay":   {"0123 56789 bcdef\n", "0123 56789 bcdef"},
		"two tokens in a file": {"0123456789abcdef,fedcba9876543210\n", "0123456789abcdef"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "token")
			if err := os.WriteFile(path, []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load([]string{"API_TOKENS_FILE=" + path})
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.APITokens[0].Reveal(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestAnEmptySecretFileIsAnError(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte("\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := config.Load([]string{"ALIYUN_CALLBACK_KEYS_FILE=" + path, "ALIYUN_CALLBACK_URLS=https://a.example.com/"})
	if err == nil || !strings.Contains(err.Error(), "ALIYUN_CALLBACK_KEYS: must not be empty") {
		t.Errorf("got %v", err)
	}
}

func ExampleLoad() {
	_, err := config.Load([]string{"LOG_LEVEL=loud", "LISTEN_ADDR=8080"})
	fmt.Println(err)
	// Output: configuration: LOG_LEVEL: must be one of debug, info, warn, error, not "loud"; LISTEN_ADDR: must be host:port, the port between 0 and 65535, not "8080"
}
