package config_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
)

const noVariable = " is no variable of this program"

// TestMisspelt: a name that looks like one of the table's is noted, with what may
// be meant, and never with its value.
func TestMisspelt(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	for name, meant := range map[string]string{
		"ALIYUN_CALLBACK_URL":        "ALIYUN_CALLBACK_URLS",
		"ALIYUN_CALLBACK_KEY_FILE":   "ALIYUN_CALLBACK_KEYS_FILE",
		"ALIYUN_REGION":              "",
		"ALIYUN_CALLBACK_URLS_FILE":  "",
		"HUAWEI_SMN_TOPIC":           "HUAWEI_SMN_TOPICS",
		"HUAWEI_SMN_CERTIFICATES":    "",
		"HUAWEICLOUD_SDK_PROJECTID":  "HUAWEICLOUD_SDK_PROJECT_ID",
		"ALIBABA_CLOUD_ACCES_KEY_ID": "ALIBABA_CLOUD_ACCESS_KEY_ID",
		"ALIBABACLOUD_ACCESS_KEY_ID": "ALIBABA_CLOUD_ACCESS_KEY_ID",
		"API_TOKEN":                  "API_TOKENS",
		"API_TOKEN_FILE":             "API_TOKENS_FILE",
		"QUEUE_URI":                  "QUEUE_URL",
		"QUUEE_URLS":                 "QUEUE_URL",
		"STROE_URL":                  "STORE_URL",
		"RULE":                       "RULES",
		"DATADIR":                    "DATA_DIR",
		"DYR_RUN":                    "DRY_RUN",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, p := range platforms() {
				cfg := loaded(t, p, "FUNCTION=callback", name+"="+secret)
				want := name + noVariable + " and changes nothing"
				if meant != "" {
					want += "; " + meant + " is one"
				}
				notes := strings.Join(cfg.Notes(), "\n") + "\n"
				if !strings.Contains(notes, want+"\n") || strings.Count(notes, noVariable) != 1 {
					t.Errorf("%s: no %q in\n%s", p, want, notes)
				}
				if all := fmt.Sprintf("%v %+v %#v %v", cfg, cfg, cfg, cfg.Settings()); strings.Contains(all+notes, secret) {
					t.Errorf("the value is shown: %s", all+notes)
				}
			}
		})
	}
}

// Names that other programs have, and ours, are not noted.
func TestNotMisspelt(t *testing.T) {
	t.Parallel()
	environ := account(
		"HUAWEICLOUD_SDK_AK=ak", "HUAWEICLOUD_SDK_SK=sk", "HUAWEICLOUD_SDK_PROJECT_ID=p", "FUNCTION=callback", "UPLOAD_TICKET_KEYS="+keyOf32,
		"QUEUE_URL=direct:", "API_TOKEN=another program's", "QUEUE_URI=another program's",
	)
	for name := range strings.FieldsSeq(`
		PATH HOME USER PWD OLDPWD SHELL SHLVL TERM LANG LC_ALL TZ TMPDIR LINES COLUMNS HOSTNAME LOGNAME EDITOR PAGER _ http_proxy aliyun_x
		GOMEMLIMIT GODEBUG HTTPS_PROXY NO_PROXY SSL_CERT_FILE SSL_CERT_DIR XDG_DATA_DIRS XDG_DATA_HOME CREDENTIALS_DIRECTORY LOG_FILE LOG_FORMAT
		KUBERNETES_SERVICE_HOST VODREFRESH_SERVICE_HOST VODREFRESH_EMULATORS QUEUE_SERVICE_HOST API_URL API_KEY DATABASE_URL REDIS_URL NATS_URL PORT DEBUG
		ALIYUN_ACCOUNT_ID ALIBABA_CLOUD_REGION_ID ALIBABA_CLOUD_ROLE_ARN ALIBABA_CLOUD_ROLE_SESSION_NAME ALIBABA_CLOUD_OIDC_PROVIDER_ARN
		ALIBABA_CLOUD_OIDC_TOKEN_FILE ALIBABA_CLOUD_ECS_METADATA ALIBABA_CLOUD_CREDENTIALS_FILE ALIBABA_CLOUD_CREDENTIALS_URI ALIBABA_CLOUD_PROFILE
		HUAWEICLOUD_SDK_DOMAIN_ID HUAWEICLOUD_SDK_IDP_ID HUAWEICLOUD_SDK_ID_TOKEN_FILE HUAWEICLOUD_SDK_CREDENTIALS_FILE HUAWEICLOUD_SDK_REGIONS_FILE
		AWS_REGION AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_LAMBDA_FUNCTION_NAME AWS_LAMBDA_RUNTIME_API _HANDLER
		LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR AWS_EXECUTION_ENV FC_FUNCTION_NAME FC_REGION FC_ACCOUNT_ID FC_INSTANCE_ID FC_SERVER_PORT FC_RUNTIME_API
		securityToken accessKeyID accessKeySecret FC_REFRESH_ROLE`) {
		environ = append(environ, name+"=x")
	}
	for _, p := range []config.Platform{config.Lambda, config.FunctionCompute, config.Local} {
		if notes := strings.Join(loaded(t, p, environ...).Notes(), "\n"); strings.Contains(notes, noVariable) {
			t.Errorf("%s: %s", p, notes)
		}
	}
}

// TestCallbacksThatCannotBe: a key that VOD refuses and a callback in the clear are
// noted by their place; neither is shown, because a URL may have a secret path.
func TestCallbacksThatCannotBe(t *testing.T) {
	t.Parallel()
	const (
		key      = "cannot be VOD's"
		plain    = "come unencrypted"
		good     = "KeyOne1"
		callback = "https://a.example.com/cb"
	)
	for name, c := range map[string]struct {
		urls, keys string
		want       []string
	}{
		"as it should be":       {callback, good, nil},
		"32 characters":         {callback, "Ab3" + strings.Repeat("x", 29), nil},
		"33 characters":         {callback, "Ab3" + strings.Repeat("x", 30), []string{"ALIYUN_CALLBACK_KEYS: key 1 of 1 " + key}},
		"no upper case":         {callback, good + ",hunter2", []string{"key 2 of 2 " + key}},
		"no lower case":         {callback, "HUNTER2," + good, []string{"key 1 of 2 " + key}},
		"no digit":              {callback, "Hunter,Hunter", []string{"key 1 of 2 " + key, "key 2 of 2 " + key}},
		"in the clear":          {"http://a.example.com/hunter2", good, []string{"ALIYUN_CALLBACK_URLS: URL 1 of 1 begins with http://: callbacks " + plain}},
		"one in the clear":      {callback + ",http://10.0.0.1/hunter2", good, []string{"URL 2 of 2 begins with http://"}},
		"loopback":              {"http://127.0.0.1:8080/cb,http://localhost/cb,http://[::1]/cb,http://LOCALHOST:1", good, nil},
		"no host in particular": {"http://0.0.0.0:8080/cb,http://[::]:8080/cb,http://:8080/cb", good, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			environ := account("ALIYUN_CALLBACK_URLS="+c.urls, "ALIYUN_CALLBACK_KEYS="+c.keys)
			notes := strings.Join(loaded(t, config.Local, environ...).Notes(), "\n")
			for _, want := range c.want {
				if !strings.Contains(notes, want) {
					t.Errorf("no %q in\n%s", want, notes)
				}
			}
			if n := strings.Count(notes, key) + strings.Count(notes, plain); n != len(c.want) || strings.Contains(strings.ToLower(notes), "hunter") {
				t.Errorf("%d notes, want %d, and no key or URL in them:\n%s", n, len(c.want), notes)
			}
			refresh := loaded(t, config.Lambda, append(environ, "FUNCTION=refresh")...)
			if notes := strings.Join(refresh.Notes(), "\n"); strings.Contains(notes, key) || strings.Contains(notes, plain) {
				t.Errorf("a function that takes no callbacks notes\n%s", notes)
			}
		})
	}
}
