package config_test

import (
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

const topic = "urn:smn:cn-north-4:0123456789abcdef0123456789abcdef:vod-events"

// tenant is an environment with Huawei's credentials.
func tenant(more ...string) []string {
	return append([]string{"HUAWEICLOUD_SDK_AK=ak", "HUAWEICLOUD_SDK_SK=sk", "HUAWEICLOUD_SDK_PROJECT_ID=0123456789abcdef0123456789abcdef"}, more...)
}

func TestLoadHuawei(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(tenant(
		"HUAWEICLOUD_SDK_SECURITY_TOKEN=", "HUAWEI_VOD_REGION=ap-southeast-3", "HUAWEI_VOD_ENDPOINT=http://127.0.0.1:9",
		"HUAWEI_MFS_KEYS=one,two", "HUAWEI_MFS_WINDOW=2h", "HUAWEI_SMN_TOPICS="+topic+", "+topic+"2", "HUAWEI_SMN_CONFIRM=false", "HUAWEI_DAILY=5000",
	))
	if err != nil {
		t.Fatal(err)
	}
	if !cfg.HasHuawei() || cfg.HasAliyun() || !cfg.HasCredentials() || cfg.HuaweiSecretKey.Reveal() != "sk" || cfg.HuaweiRegion != "ap-southeast-3" {
		t.Errorf("got %+v", cfg)
	}
	if len(cfg.MFSKeys) != 2 || cfg.MFSWindow != 2*time.Hour || !slices.Equal(cfg.SMNTopics, []string{topic, topic + "2"}) || cfg.SMNConfirm || cfg.HuaweiDaily != 5000 {
		t.Errorf("got %+v", cfg)
	}
	if verifier, err := cfg.MFS(); err != nil || verifier == nil {
		t.Errorf("MFS: %v, %v", verifier, err)
	}
	bare, err := config.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if bare.HuaweiRegion != "cn-north-4" || bare.MFSWindow != time.Hour || !bare.SMNConfirm || bare.HuaweiDaily != 1000 || bare.HasHuawei() {
		t.Errorf("defaults: %+v", bare)
	}
	if verifier, err := bare.MFS(); err != nil || verifier != nil {
		t.Errorf("MFS without keys: %v, %v", verifier, err)
	}
	_, _, reason := bare.Rules.Decide(events.Event{
		Provider: events.Huawei, Type: "transcodeComplete", Kind: events.Transcoded, Status: events.Success, MediaID: "m",
	})
	if reason != core.Wanted {
		t.Errorf("the built-in rules want no transcodeComplete: %s", reason)
	}
}

func TestLoadNamesWhatIsWrongWithHuawei(t *testing.T) {
	t.Parallel()
	aliyun := []string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "SMN_cn-north-4_b98100ca131b4116ab8ee7ccedbaae99.pem"), []byte("none"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		environ []string
		want    []string // parts of the error
	}{
		"a key alone":         {[]string{"HUAWEICLOUD_SDK_AK=ak"}, []string{"HUAWEICLOUD_SDK_SK: is required", "HUAWEICLOUD_SDK_PROJECT_ID: is required"}},
		"a secret alone":      {[]string{"HUAWEICLOUD_SDK_SK=sk"}, []string{"HUAWEICLOUD_SDK_AK: is required"}},
		"a token alone":       {[]string{"HUAWEICLOUD_SDK_SECURITY_TOKEN=t"}, []string{"HUAWEICLOUD_SDK_AK: is required"}},
		"an empty secret":     {[]string{"HUAWEICLOUD_SDK_AK=ak", "HUAWEICLOUD_SDK_SK="}, []string{"HUAWEICLOUD_SDK_SK: must not be empty"}},
		"no such project":     {[]string{"HUAWEICLOUD_SDK_AK=ak", "HUAWEICLOUD_SDK_SK=sk", "HUAWEICLOUD_SDK_PROJECT_ID=a/b"}, []string{"HUAWEICLOUD_SDK_PROJECT_ID", `"a/b"`}},
		"endpoint and region": {tenant("HUAWEI_VOD_ENDPOINT=http://8.8.8.8", "HUAWEI_VOD_REGION=a b"), []string{"HUAWEI_VOD_ENDPOINT", "ALLOW_HTTP_ENDPOINT", "HUAWEI_VOD_REGION"}},
		"empty MFS keys":      {tenant("HUAWEI_MFS_KEYS="), []string{"HUAWEI_MFS_KEYS: must not be empty"}},
		"one empty MFS key":   {tenant("HUAWEI_MFS_KEYS=a,"), []string{"HUAWEI_MFS_KEYS", "MFS key 2 of 2: empty"}},
		"window no duration":  {tenant("HUAWEI_MFS_WINDOW=1"), []string{"HUAWEI_MFS_WINDOW", "such as 1h"}},
		"window too short":    {tenant("HUAWEI_MFS_WINDOW=59s"), []string{"HUAWEI_MFS_WINDOW", "between 1m and 168h"}},
		"window none":         {tenant("HUAWEI_MFS_WINDOW=0s", "HUAWEI_MFS_KEYS=a"), []string{"HUAWEI_MFS_WINDOW", "between 1m and 168h"}},
		"window too long":     {tenant("HUAWEI_MFS_WINDOW=169h"), []string{"HUAWEI_MFS_WINDOW", "between 1m and 168h"}},
		"no topic":            {tenant("HUAWEI_SMN_TOPICS=" + topic + ",vod-events"), []string{"HUAWEI_SMN_TOPICS", "topic 2 of 2", "vod-events"}},
		"no folder":           {tenant("HUAWEI_SMN_CERTS=/does/not/exist"), []string{"HUAWEI_SMN_CERTS", "no such file"}},
		"no certificate":      {tenant("HUAWEI_SMN_CERTS=" + folder), []string{"HUAWEI_SMN_CERTS", "b98100ca131b4116ab8ee7ccedbaae99.pem"}},
		"confirm perhaps":     {tenant("HUAWEI_SMN_CONFIRM=perhaps"), []string{"HUAWEI_SMN_CONFIRM", "true or false"}},
		"none a day":          {tenant("HUAWEI_DAILY=0"), []string{"HUAWEI_DAILY", "must be 1 or more"}},
		"a day no number":     {tenant("HUAWEI_DAILY=many"), []string{"HUAWEI_DAILY", "whole number"}},
		"MFS without a cloud": {append(aliyun, "HUAWEI_MFS_KEYS=a"), []string{"HUAWEICLOUD_SDK_AK", "HUAWEI_MFS_KEYS"}},
		"keys without Aliyun": {tenant("ALIYUN_CALLBACK_URLS=https://a.example.com/", "ALIYUN_CALLBACK_KEYS=K"), []string{"ALIBABA_CLOUD_ACCESS_KEY_ID"}},
		"an aliyun event":     {tenant("RULES={rules: [{on: [TranscodeComplete], provider: huawei, do: refresh}]}"), []string{"rules[0].on", "transcodeComplete"}},
		"all at once": {
			[]string{"HUAWEICLOUD_SDK_AK=ak", "HUAWEI_MFS_KEYS=", "HUAWEI_SMN_TOPICS=x", "HUAWEI_DAILY=0", "HUAWEI_MFS_WINDOW=x", "ALIYUN_RATE=0"},
			[]string{"HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_PROJECT_ID", "HUAWEI_MFS_KEYS", "HUAWEI_SMN_TOPICS", "HUAWEI_DAILY", "HUAWEI_MFS_WINDOW", "ALIYUN_RATE"},
		},
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

func TestHuaweiSecretsFromFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	environ := []string{"HUAWEICLOUD_SDK_AK=ak", "HUAWEICLOUD_SDK_PROJECT_ID=p"}
	for _, name := range []string{"HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_SECURITY_TOKEN", "HUAWEI_MFS_KEYS"} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte("of-"+name+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		environ = append(environ, name+"_FILE="+file)
	}
	cfg, err := config.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	if cfg.HuaweiSecretKey.Reveal() != "of-HUAWEICLOUD_SDK_SK" || cfg.HuaweiSecurityToken.Reveal() != "of-HUAWEICLOUD_SDK_SECURITY_TOKEN" || cfg.MFSKeys[0].Reveal() != "of-HUAWEI_MFS_KEYS" {
		t.Error("a secret is not that of its file")
	}
	for _, s := range cfg.Settings() {
		if strings.Contains(s.Value, "of-") {
			t.Errorf("%s is shown", s.Name)
		}
	}
}

func TestProviders(t *testing.T) {
	t.Parallel()
	const region = "huawei: region cn-north-4, project 0123456789abcdef0123456789abcdef, 1000 assets a day, "
	for name, c := range map[string]struct {
		environ []string
		want    []string
	}{
		"none": {nil, []string{"aliyun: not set up", "huawei: not set up"}},
		"aliyun": {
			[]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"},
			[]string{"aliyun: region cn-shanghai, 50 calls a second, no callbacks", "huawei: not set up"},
		},
		"both": {
			tenant("ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s", "ALIYUN_CALLBACK_URLS=https://a.example.com/", "ALIYUN_CALLBACK_KEYS=a,b"),
			[]string{"aliyun: region cn-shanghai, 50 calls a second, callbacks (URLs: 1, keys: 2)", region + "no callbacks"},
		},
		"by hand": {
			tenant("HUAWEI_SMN_TOPICS="+topic, "HUAWEI_SMN_CONFIRM=false"),
			[]string{"aliyun: not set up", region + "callbacks by SMN (topics: 1, certificates fetched, subscriptions logged)"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load(c.environ)
			if err != nil {
				t.Fatal(err)
			}
			if got := cfg.Providers(); !slices.Equal(got, c.want) {
				t.Errorf("says %q, want %q", got, c.want)
			}
		})
	}
	local := config.Config{HuaweiAccessKey: "ak", SMNTopics: []string{topic}, SMNCerts: "/certs", SMNConfirm: true}
	if got := local.Providers()[1]; !strings.HasSuffix(got, "by SMN (topics: 1, certificates in /certs, subscriptions confirmed)") {
		t.Errorf("says %q", got)
	}
}

func TestNotesOfHuawei(t *testing.T) {
	t.Parallel()
	const (
		refused  = "every Huawei callback is refused"
		alibaba  = "every Alibaba callback is refused"
		byHand   = "HUAWEI_SMN_CONFIRM=false"
		nothing  = "no rule has provider: huawei"
		uncounts = "nor HUAWEI_DAILY"
	)
	for name, c := range map[string]struct {
		environ []string
		want    []string
	}{
		"no callbacks":      {tenant(), []string{refused}},
		"MFS":               {tenant("HUAWEI_MFS_KEYS=a", "HUAWEI_SMN_CONFIRM=false"), nil},
		"SMN, by hand":      {tenant("HUAWEI_SMN_TOPICS="+topic, "HUAWEI_SMN_CONFIRM=false"), []string{byHand}},
		"rules for aliyun":  {tenant("HUAWEI_MFS_KEYS=a", "RULES={rules: [{on: [TranscodeComplete], do: refresh}]}"), []string{nothing}},
		"both, no callback": {tenant("ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"), []string{refused, alibaba}},
		"without a store":   {tenant("HUAWEI_MFS_KEYS=a", "STORE_URL=none:"), []string{uncounts}},
		"no cloud":          {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, err := config.Load(c.environ)
			if err != nil {
				t.Fatal(err)
			}
			notes := strings.Join(cfg.Notes(), "\n")
			for _, part := range []string{refused, alibaba, byHand, nothing, uncounts} {
				if want := slices.Contains(c.want, part); strings.Contains(notes, part) != want {
					t.Errorf("says %q: %t, want %t\n%s", part, !want, want, notes)
				}
			}
		})
	}
}
