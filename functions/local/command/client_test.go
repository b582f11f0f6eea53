package command_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
)

// failing is a command line that fails, and what it says and does not say.
type failing struct {
	environ []string
	args    []string
	says    []string
	not     string
}

func (f failing) fails(t *testing.T) {
	t.Helper()
	got := run(t, f.environ, "", f.args...)
	for _, says := range f.says {
		if !strings.Contains(got.errors, says) {
			t.Errorf("it does not say %q: %s", says, got.errors)
		}
	}
	if got.code != 1 || f.not != "" && strings.Contains(got.errors, f.not) {
		t.Errorf("exit %d, and it says %s", got.code, got.errors)
	}
}

// TestWhoIsAsked: a command says whom it asks where nobody named a server, and
// with which token where none is set.
func TestWhoIsAsked(t *testing.T) {
	t.Parallel()
	nobody := "LISTEN_ADDR=127.0.0.1:1"
	account := []string{nobody, "ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret"}
	for name, test := range map[string]failing{
		"nothing set": {
			[]string{nobody},
			[]string{"jobs"},
			[]string{"no API_TOKENS: asking http://127.0.0.1:1", "is `vodrefresh serve` running on LISTEN_ADDR?"},
			"",
		},
		"a server named": {[]string{nobody}, []string{"jobs", "--server", "http://127.0.0.1:2"}, []string{"no API_TOKENS: asking http://127.0.0.1:2"}, "LISTEN_ADDR"},
		"nobody sends":   {[]string{nobody}, []string{"send"}, []string{"refused", "is `vodrefresh serve` running on LISTEN_ADDR? --to names another"}, ""},
		"nobody sends to": {
			[]string{nobody},
			[]string{"send", "--to", "http://127.0.0.1:1/callbacks/aliyun"},
			[]string{"127.0.0.1:1", "nobody listens there"},
			"LISTEN_ADDR",
		},
		"nobody sends far": {
			[]string{nobody, "ALIYUN_CALLBACK_URLS=http://127.0.0.1:2/cb", "ALIYUN_CALLBACK_KEYS=Key1"},
			[]string{"send"},
			[]string{"127.0.0.1:2", "nobody listens there"},
			"LISTEN_ADDR",
		},
		"no token":             {account, []string{"dead", "list"}, []string{"http://127.0.0.1:1 needs API_TOKENS"}, "asking"},
		"no token, a password": {account, []string{"jobs", "--server", "http://me:s3cret@127.0.0.1:1"}, []string{"127.0.0.1:1 needs API_TOKENS"}, "s3cret"},
		"a password":           {[]string{nobody}, []string{"jobs", "--server", "http://me:s3cret@127.0.0.1:1"}, []string{"@127.0.0.1:1 with the token", "nobody listens there"}, "s3cret"},
		"a token":              {append(account, "API_TOKENS=0123456789abcdef"), []string{"jobs"}, []string{"--server names another"}, "asking"},
		"a token, and who":     {append(account, "API_TOKENS=0123456789abcdef"), []string{"jobs", "--server", "http://127.0.0.1:2"}, []string{"127.0.0.1:2", "nobody listens there"}, "LISTEN_ADDR"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.fails(t)
		})
	}
}

// TestWrongServer: an answer that a server's address may be the cause of says who
// was asked, without a password.
func TestWrongServer(t *testing.T) {
	t.Parallel()
	base, stop := serving(t, append(durable(t), "API_TOKENS="+token))
	t.Cleanup(func() { stop() })
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(broken.Close)
	const root = "--server is the root of a server, without /v1"
	for name, test := range map[string]failing{
		"below /v1":       {nil, []string{"quota", "--server", base + "/v1"}, []string{"GET " + base + "/v1/v1/quota: there is nothing at this path", root}, ""},
		"a job below":     {nil, []string{"jobs", "c5ae", "--server", base + "/v1/"}, []string{base + "/v1/v1/jobs/aliyun/c5ae", root}, "huawei"},
		"somebody else":   {nil, []string{"jobs", "--server", other.URL}, []string{"GET " + other.URL + "/v1/jobs: the server answered 404", root}, ""},
		"out of order":    {nil, []string{"jobs", "--server", broken.URL}, []string{"GET " + broken.URL + "/v1/jobs: the server answered 502"}, root},
		"a password":      {nil, []string{"jobs", "--server", strings.Replace(broken.URL, "//", "//me:s3cret@", 1)}, []string{"502"}, "s3cret"},
		"a wrong token":   {[]string{"API_TOKENS=0123456789abcdef"}, []string{"quota", "--server", base}, []string{"GET " + base + "/v1/quota: ", "token is not known"}, root},
		"an unknown job":  {nil, []string{"jobs", "c5ae", "--server", base}, []string{"no such job", "one of Huawei's needs --provider huawei"}, root},
		"one of Alibaba":  {nil, []string{"jobs", "c5ae", "--provider", "aliyun", "--server", base}, []string{"no such job"}, "huawei"},
		"an empty media":  {nil, []string{"jobs", "--media", "", "--server", base}, []string{"media: must be a media ID or a URL"}, root},
		"one of Huawei's": {nil, []string{"jobs", "c5ae", "--provider", "huawei", "--server", base}, []string{"no such task"}, "--provider"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.environ = append([]string{"API_TOKENS=" + token}, test.environ...)
			test.fails(t)
		})
	}
}

// TestWhatRedisMayLose is said by the server at its start, and not by every
// command that asks the same Redis.
func TestWhatRedisMayLose(t *testing.T) {
	t.Parallel()
	redis := fctest.StartRedis(t)
	address := strings.TrimSuffix(redis.URL[strings.Index(redis.URL, "@")+1:], "/0")
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, len("+OK\r\n+OK\r\n"))
	if _, err := fmt.Fprintf(conn, "AUTH %s\r\nCONFIG SET appendfsync everysec\r\n", fctest.Password); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(conn, answer); err != nil || string(answer) != "+OK\r\n+OK\r\n" {
		t.Fatalf("redis answers %q, %v", answer, err)
	}
	environ := append(cloud(t), "QUEUE_URL="+redis.URL, "STORE_URL="+redis.URL, "API_TOKENS="+token)
	for _, args := range []string{"jobs", "dead list", "quota"} {
		if got := run(t, environ, "", strings.Fields(args)...); got.code != 0 || got.errors != "" {
			t.Errorf("%s: got %+v", args, got)
		}
	}
	_, stop := serving(t, environ)
	if got := stop(); got.code != 0 || !strings.Contains(got.errors, `"setting":"appendfsync"`) {
		t.Errorf("serve: got %+v", got)
	}
}
