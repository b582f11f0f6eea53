package config_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// platforms are all there are.
func platforms() []config.Platform {
	return []config.Platform{config.Local, config.Lambda, config.FunctionCompute}
}

// account is an environment with a key and a callback, and with what else is given.
func account(more ...string) []string {
	return append([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s", "API_TOKENS=0123456789abcdef",
		"ALIYUN_CALLBACK_URLS=https://a.example.com/cb", "ALIYUN_CALLBACK_KEYS=KeyOne1",
	}, more...)
}

// loaded is a configuration that is as it should be.
func loaded(t *testing.T, p config.Platform, environ ...string) config.Config {
	t.Helper()
	cfg, err := p.Load(environ)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestDefaultsOfAPlatform(t *testing.T) {
	t.Parallel()
	for p, want := range map[config.Platform]struct {
		queue, store config.URL
		serverless   bool
		aliyun       bool // without a key in the environment
	}{
		config.Local:           {"embedded:", "embedded:", false, false},
		config.Lambda:          {"direct:", "none:", true, false},
		config.FunctionCompute: {"direct:", "none:", true, true},
	} {
		t.Run(string(p), func(t *testing.T) {
			t.Parallel()
			for _, unset := range [][]string{nil, {"QUEUE_URL=", "STORE_URL="}} {
				cfg := loaded(t, p, append([]string{"FUNCTION=refresh"}, unset...)...)
				if cfg.QueueURL != want.queue || cfg.StoreURL != want.store {
					t.Errorf("with %q: queue %s and store %s, want %s and %s", unset, cfg.QueueURL, cfg.StoreURL, want.queue, want.store)
				}
				if cfg.Platform != p || p.Serverless() != want.serverless {
					t.Errorf("platform %q, serverless %t", cfg.Platform, p.Serverless())
				}
				if cfg.HasAliyun() != want.aliyun || cfg.HasCredentials() != want.aliyun || cfg.HasHuawei() {
					t.Errorf("keys: aliyun %t, any %t, huawei %t", cfg.HasAliyun(), cfg.HasCredentials(), cfg.HasHuawei())
				}
			}
			if cfg := loaded(t, p, account("FUNCTION=refresh")...); !cfg.HasAliyun() {
				t.Error("a key in the environment is none")
			}
		})
	}
}

func TestLoadIsOfTheLocalPlatform(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(nil)
	if err != nil || cfg.Platform != config.Local || cfg.Function != "" {
		t.Errorf("got %q with FUNCTION=%s, %v", cfg.Platform, cfg.Function, err)
	}
}

func TestFunctions(t *testing.T) {
	t.Parallel()
	all := []config.Function{config.Callback, config.Refresh, config.Credentials}
	for _, p := range platforms() {
		for _, f := range all {
			cfg := loaded(t, p, "FUNCTION="+string(f))
			for _, handler := range all {
				if cfg.Function.Is(handler) != (f == handler) {
					t.Errorf("%s, FUNCTION=%s: is %s: %t", p, f, handler, cfg.Function.Is(handler))
				}
			}
		}
		for _, wrong := range []string{"Callback", "callbacks", "callback,refresh", " ", "all"} {
			_, err := p.Load([]string{"FUNCTION=" + wrong})
			want := fmt.Sprintf("FUNCTION: must be callback, refresh or credentials, not %q", wrong)
			if p == config.Local {
				want = fmt.Sprintf("FUNCTION: must be callback, refresh or credentials, or not be set for all of them, not %q", wrong)
			}
			if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want %s", p, err, want)
			}
		}
		for _, environ := range [][]string{nil, {"FUNCTION="}} {
			cfg, err := p.Load(environ)
			if p == config.Local {
				if err != nil || slices.ContainsFunc(all, func(f config.Function) bool { return !cfg.Function.Is(f) }) {
					t.Errorf("%s, %q: FUNCTION=%s, %v; want all of them", p, environ, cfg.Function, err)
				}
			} else if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "FUNCTION: must be callback, refresh or credentials") {
				t.Errorf("%s, %q: got %v", p, environ, err)
			}
		}
	}
}

// TestSchemesOfAPlatform: an engine that is not built in is an error that names
// those that are, and shows nothing of an address but how it begins.
func TestSchemesOfAPlatform(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	queues := []string{
		"embedded:", "nats://me:hunter2@a", "tls://hunter2@a", "redis://:hunter2@a/0", "rediss://:hunter2@a", "sqs://sqs.eu-west-1.amazonaws.com/1/hunter2",
		"direct:", "none:", "dynamodb://hunter2", "kafka://hunter2",
	}
	stores := []string{
		"embedded:", "nats://me:hunter2@a", "tls://hunter2@a", "redis://:hunter2@a/0", "rediss://:hunter2@a", "dynamodb://hunter2",
		"none:", "direct:", "sqs://sqs.eu-west-1.amazonaws.com/1/hunter2", "mysql://hunter2",
	}
	for p, builtIn := range map[config.Platform]struct{ queues, stores string }{
		config.Local: {
			"embedded:, nats://, tls://, redis://, rediss://, sqs://, direct:",
			"embedded:, nats://, tls://, redis://, rediss://, dynamodb://, none:",
		},
		config.Lambda:          {"direct:, sqs://", "none:, dynamodb://"},
		config.FunctionCompute: {"direct:, redis://, rediss://", "none:, redis://, rediss://"},
	} {
		for _, v := range []struct {
			name, builtIn string
			urls          []string
		}{{"QUEUE_URL", builtIn.queues, queues}, {"STORE_URL", builtIn.stores, stores}} {
			for _, url := range v.urls {
				scheme := config.URL(url).Scheme()
				_, err := p.Load([]string{"FUNCTION=refresh", v.name + "=" + url})
				fits := slices.ContainsFunc(strings.Split(v.builtIn, ", "), func(b string) bool { return config.URL(b).Scheme() == scheme })
				if fits {
					if err != nil {
						t.Errorf("%s, %s=%s: %v", p, v.name, url, err)
					}
					continue
				}
				if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), v.name+": must be what this program has built in: "+v.builtIn+", not \""+scheme) {
					t.Errorf("%s, %s=%s: got %v, want what is built in", p, v.name, url, err)
				}
				shown, _ := errors.AsType[*core.Error](err)
				if all := fmt.Sprintf("%v %+v %#v", err, shown, shown); strings.Contains(all, secret) {
					t.Errorf("%s, %s=%s: the error shows it: %s", p, v.name, url, all)
				}
			}
		}
	}
}

func TestAddressesOnAWS(t *testing.T) {
	t.Parallel()
	for line, fits := range map[string]bool{
		"QUEUE_URL=sqs://sqs.eu-west-1.amazonaws.com/123456789012/vod": true,
		"QUEUE_URL=sqs://127.0.0.1:4566/000000000000/vod":              true,
		"QUEUE_URL=sqs://vod":                   false,
		"QUEUE_URL=sqs://":                      false,
		"QUEUE_URL=sqs:vod":                     false,
		"QUEUE_URL=sqs://me:hunter2@host/1/vod": false,
		"QUEUE_URL=sqs://host/1/vod?x=hunter2":  false,
		"QUEUE_URL=sqs://host/1/vod#hunter2":    false,
		"STORE_URL=dynamodb://vodrefresh":       true,
		"STORE_URL=dynamodb://":                 false,
		"STORE_URL=dynamodb://table/hunter2":    false,
		"STORE_URL=dynamodb://hunter2@table":    false,
		"QUEUE_URL=direct:hunter2":              false,
		"STORE_URL=none:hunter2":                false,
	} {
		_, err := config.Lambda.Load([]string{"FUNCTION=refresh", line})
		if fits != (err == nil) {
			t.Errorf("%s: got %v", line, err)
		}
		if err != nil && (core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "must be ") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: the error does not say what it must be, or shows too much: %v", line, err)
		}
	}
}

// TestNotesOfAPlatform: a note is about what the deployment is.
func TestNotesOfAPlatform(t *testing.T) {
	t.Parallel()
	const (
		simulator = "serve and demo use a simulator"
		refused   = "every Alibaba callback is refused"
		huawei    = "every Huawei callback is refused"
		tokens    = "no API_TOKENS"
		thrice    = "the platform sends it three times in all"
		paces     = "each instance paces itself"
		batch     = "its whole batch is sent again"
		redrive   = "until its redrive policy takes it away"
		twice     = "paid for twice"
		restart   = "a restart forgets the jobs"
		preload   = "a preload after a refresh may not be sent"
		budget    = "hold for each instance alone"
		replaced  = "no rule has when: replaced"
	)
	sqs, table, redis := "QUEUE_URL=sqs://host/1/vod", "STORE_URL=dynamodb://vod", "redis://a"
	for name, c := range map[string]struct {
		platform config.Platform
		environ  []string
		want     []string
	}{
		"server, nothing":      {config.Local, []string{"QUEUE_URL=direct:", "STORE_URL=none:"}, []string{simulator, thrice, twice, restart}},
		"server of callbacks":  {config.Local, []string{"FUNCTION=callback", "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"}, []string{refused, replaced}},
		"server, SQS alone":    {config.Local, account(sqs, "STORE_URL=none:"), []string{redrive, twice, restart}},
		"Lambda, no key":       {config.Lambda, []string{"FUNCTION=callback"}, []string{thrice, paces, twice, preload}},
		"Lambda, callback":     {config.Lambda, account("FUNCTION=callback", sqs, table), []string{replaced}},
		"Lambda, stateless":    {config.Lambda, account("FUNCTION=callback"), []string{thrice, paces, twice, preload}},
		"Lambda, both clouds":  {config.Lambda, append(tenant("FUNCTION=callback", sqs, table), "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"), []string{refused, huawei, replaced}},
		"Lambda, refresh":      {config.Lambda, append(tenant("FUNCTION=refresh", sqs, table), "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"), []string{tokens, replaced}},
		"Lambda, SQS alone":    {config.Lambda, account("FUNCTION=refresh", sqs), []string{redrive, twice, preload}},
		"Lambda, credentials":  {config.Lambda, account("FUNCTION=credentials"), []string{budget}},
		"Lambda, shared store": {config.Lambda, account("FUNCTION=credentials", table), nil},
		"FC, no key":           {config.FunctionCompute, []string{"FUNCTION=callback", "QUEUE_URL=" + redis, "STORE_URL=" + redis}, []string{refused, replaced}},
		"FC, SMQ":              {config.FunctionCompute, account("FUNCTION=refresh"), []string{paces, batch, twice, preload}},
		"FC, SMQ and Redis":    {config.FunctionCompute, account("FUNCTION=refresh", "QUEUE_URL="+redis, "STORE_URL="+redis), []string{replaced}},
		"FC, credentials":      {config.FunctionCompute, []string{"FUNCTION=credentials"}, []string{tokens, budget}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notes := strings.Join(loaded(t, c.platform, c.environ...).Notes(), "\n")
			for _, part := range []string{simulator, refused, huawei, tokens, thrice, paces, batch, redrive, twice, restart, preload, budget, replaced} {
				want := 0
				if slices.Contains(c.want, part) {
					want = 1
				}
				if got := strings.Count(notes, part); got != want {
					t.Errorf("says %q %d times, want %d\n%s", part, got, want, notes)
				}
			}
		})
	}
}

func ExamplePlatform_Load() {
	_, err := config.Lambda.Load([]string{"QUEUE_URL=nats://a:4222"})
	fmt.Println(err)

	cfg, err := config.FunctionCompute.Load([]string{"FUNCTION=callback", "QUEUE_URL=redis://:secret@a:6379/0"})
	fmt.Println(cfg.Function, cfg.QueueURL, cfg.StoreURL, err)
	// Output:
	// configuration: FUNCTION: must be callback, refresh or credentials, not ""; QUEUE_URL: must be what this program has built in: direct:, sqs://, not "nats:…"
	// callback redis://a:6379/0 none: <nil>
}
