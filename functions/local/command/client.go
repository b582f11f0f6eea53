package command

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/problem"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// client speaks the HTTP API: that of a server elsewhere, or that of a service
// that lives in this process for one command.
type client struct {
	base  string
	token secret.Value
	http  *http.Client
	hint  string // for who meets nobody there
}

// connect returns a client for server, or, if that is empty, for a service of
// its own with this environment's credentials. Call close when done.
func (s *session) connect(ctx context.Context, server string) (c *client, closeFn func(), err error) {
	cfg, err := s.load()
	if err != nil {
		return nil, nil, err
	}
	if server != "" {
		u, err := url.Parse(server)
		if err != nil { // which quotes it, a password included
			return nil, nil, usageError{errors.New("--server: must be a URL that begins with http:// or https://")}
		}
		if u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
			return nil, nil, usageError{fmt.Errorf("--server %q: must begin with http:// or https://", u.Redacted())}
		}
		if len(cfg.APITokens) == 0 {
			return nil, nil, fmt.Errorf("the server at %s needs API_TOKENS: the token to send", u.Redacted())
		}
		if cfg.APITokens[0].Reveal() == simulatorToken {
			s.sayf("no API_TOKENS: asking %s with the token of a server on the simulator", u.Redacted())
		}
		return &client{base: strings.TrimRight(server, "/"), token: cfg.APITokens[0], http: s.http()}, func() {}, nil
	}
	if !cfg.HasCredentials() {
		return nil, nil, errors.New("no cloud credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or HUAWEICLOUD_SDK_AK, " +
			"HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_PROJECT_ID, or name a running server with --server")
	}
	return s.host(ctx, cfg)
}

// connectQueue is connect for what an embedded queue knows, which only the server
// that it is embedded in can tell: that on LISTEN_ADDR, unless another is named.
func (s *session) connectQueue(ctx context.Context, server string) (c *client, closeFn func(), err error) {
	cfg, err := s.load()
	if err != nil {
		return nil, nil, err
	}
	implied := server == "" && (cfg.QueueURL == "embedded:" || cfg.StoreURL == "embedded:")
	if implied {
		server = "http://" + cfg.ListenAddr
	}
	c, closeFn, err = s.connect(ctx, server)
	if implied && err == nil {
		c.hint = servingHint("--server")
	}
	return c, closeFn, err
}

// servingHint is for who meets nobody on LISTEN_ADDR.
func servingHint(flag string) string {
	return "is `vodrefresh serve` running on LISTEN_ADDR? " + flag + " names another"
}

// unreached says of an error in reaching a server what a person can do about it.
func unreached(err error, hint string) error {
	if hint == "" && errors.Is(err, syscall.ECONNREFUSED) {
		hint = "nobody listens there"
	}
	if hint == "" {
		return err
	}
	return fmt.Errorf("%w; %s", err, hint)
}

// host starts a service in this process, reachable with a token that only this
// command knows.
func (s *session) host(ctx context.Context, cfg config.Config) (*client, func(), error) {
	token := secret.New(rand.Text())
	cfg.APITokens = config.Secrets{token}
	log := slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: max(cfg.LogLevel, slog.LevelWarn)}))
	if cfg.QueueURL == "embedded:" { // a running server's own
		cfg.QueueURL = "direct:"
	}
	if cfg.StoreURL == "embedded:" {
		cfg.StoreURL = "none:"
	}
	// What an engine's settings may lose is said to who starts a server.
	failures := slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	engines, err := engine.Open(ctx, cfg, engine.Options{Log: failures}, drivers()...)
	if err != nil {
		return nil, nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, errors.Join(err, engines.Close())
	}
	serving, err := service.New(cfg, service.Options{Queue: engines.Queue, Store: engines.Store, Health: engines.Health, Log: log})
	if err != nil {
		return nil, nil, errors.Join(err, listener.Close(), engines.Close())
	}
	server := &http.Server{Handler: serving.Handler, ReadHeaderTimeout: time.Second}
	go func() { _ = server.Serve(listener) }()
	return &client{base: "http://" + listener.Addr().String(), token: token, http: s.http()}, func() {
		_ = server.Close()
		_ = engines.Close()
	}, nil
}

// http is a client that follows no redirect: it carries a token.
func (s *session) http() *http.Client {
	return &http.Client{
		Transport: s.Transport, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask sends a request and decodes the answer into out; an answer that reports
// an error becomes one.
func (c *client) ask(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+c.token.Reveal())
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Prefer", "wait=20") // a person wants to know what became of it
	response, err := c.http.Do(request)
	if err != nil {
		return unreached(err, c.hint)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusMultipleChoices {
		return refusal(response)
	}
	return json.NewDecoder(response.Body).Decode(out)
}

// notFoundError is the error where a server is asked for what it does not know.
type notFoundError struct{ error }

// refusal is the error that an answer reports. It says who was asked where that
// may be the wrong server, or the wrong address of it.
func refusal(response *http.Response) error {
	const root = "--server is the root of a server, without /v1"
	text, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	if err != nil {
		return err
	}
	asked := response.Request.Method + " " + response.Request.URL.Redacted()
	var d problem.Details
	switch other := json.Unmarshal(text, &d) != nil || d.Status == 0; {
	case other && response.StatusCode == http.StatusNotFound:
		return fmt.Errorf("%s: the server answered %s; %s", asked, response.Status, root)
	case other:
		return fmt.Errorf("%s: the server answered %s", asked, response.Status)
	case d.Detail == service.NothingHere:
		return fmt.Errorf("%s: %s; %s", asked, d.Detail, root)
	}
	lines := []string{cmp.Or(d.Detail, d.Title)}
	for _, f := range d.Errors {
		lines = append(lines, "  "+f.String())
	}
	err = errors.New(strings.Join(lines, "\n"))
	switch d.Status {
	case http.StatusNotFound:
		return notFoundError{err}
	case http.StatusUnauthorized:
		return fmt.Errorf("%s: %w", asked, err)
	}
	return err
}
