package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

func (s *session) demo() *cobra.Command {
	return &cobra.Command{
		Use:   "demo",
		Short: "Show the whole way: callbacks in, API calls out, jobs to their end",
		Long: "Start a server, send it signed callbacks, good ones and bad ones, and show what became of each.\n" +
			"Without cloud credentials a simulator in this process stands for the cloud; with them the calls are real,\n" +
			"but about made-up media that no account has.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := s.runDemo(cmd.Context())
			if err != nil {
				return err
			}
			return errors.Join(s.print(report, func(w io.Writer) { report.table(w) }), report.failed())
		},
	}
}

// runDemo serves on a port of its own, sends the cases, and waits for the jobs.
func (s *session) runDemo(ctx context.Context) (demoReport, error) {
	cfg, err := s.load()
	if err != nil {
		return demoReport{}, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return demoReport{}, err
	}
	if cfg.DataDir, err = os.MkdirTemp("", "vodrefresh-demo-"); err != nil {
		return demoReport{}, err
	}
	defer func() { _ = os.RemoveAll(cfg.DataDir) }()
	cfg.ListenAddr = listener.Addr().String()
	to := "http://" + cfg.ListenAddr + "/callbacks/aliyun"
	cfg.CallbackURLs, cfg.CallbackKeys = []string{to}, config.Secrets{secret.New(simulatorCallbackKey)}
	cfg.MFSKeys = config.Secrets{secret.New(simulatorMFSKey)}
	cfg.SMNTopics, cfg.SMNCerts = []string{simulatorTopic}, simulatorCertificates(cfg)
	if !cfg.HasCredentials() {
		simulator, err := simulate(&cfg, quick(), to)
		if err != nil {
			return demoReport{}, err
		}
		defer func() { _ = simulator.Close() }()
		s.sayf("no cloud credentials: a simulator stands for the cloud")
	} else if err := signingFor(cfg); err != nil {
		return demoReport{}, err
	}
	calls := &recorder{next: s.Transport}
	log := slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelError}))
	if cfg.QueueURL != "direct:" { // a queue that others use is no place for a demo
		cfg.QueueURL = "embedded:"
	}
	if cfg.StoreURL != "none:" {
		cfg.StoreURL = "embedded:"
	}
	engines, err := engine.Open(ctx, cfg, engine.Options{Log: log}, drivers()...)
	if err != nil {
		return demoReport{}, err
	}
	defer func() { _ = engines.Close() }()
	serving, err := service.New(cfg, service.Options{
		Queue: engines.Queue, Store: engines.Store, Health: engines.Health, Log: log,
		HTTP: calls, Follow: core.FollowerConfig{First: 300 * time.Millisecond, Most: time.Second},
	})
	if err != nil {
		return demoReport{}, err
	}
	serveCtx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- serving.Serve(serveCtx, listener) }()
	report, err := s.playDemo(ctx, cfg, serving, calls)
	stop()
	return report, errors.Join(err, <-ended)
}

// playDemo sends the cases one after the other and follows their jobs.
func (s *session) playDemo(ctx context.Context, cfg config.Config, serving *service.Service, calls *recorder) (demoReport, error) {
	report := demoReport{Calls: []providerCall{}, Jobs: []demoJob{}, stateless: cfg.StoreURL == "none:"}
	cases, err := s.demoCases(cfg)
	if err != nil {
		return report, err
	}
	for _, c := range cases {
		before := len(calls.submits())
		sent, err := c.send(ctx, s.post)
		if err != nil {
			return report, fmt.Errorf("%s: %w", c.what, err)
		}
		if err := s.until(ctx, thrice(serving.Emptied)); err != nil {
			return report, fmt.Errorf("%s: the queue was not emptied: %w", c.what, err)
		}
		sent.calls = calls.submits()[before:]
		report.Callbacks = append(report.Callbacks, sent)
	}
	if err := s.until(ctx, thrice(serving.Idle)); err != nil {
		return report, fmt.Errorf("the jobs did not end: %w", err)
	}
	report.Calls = append(report.Calls, calls.submits()...)
	err = report.ends(ctx, serving)
	return report, err
}

// thrice wants to see something three times in a row: queue and store may leave
// out of a count or a list what is written at that moment.
func thrice(so func(context.Context) (bool, error)) func(context.Context) (bool, error) {
	seen := 0
	return func(ctx context.Context) (bool, error) {
		yes, err := so(ctx)
		seen++
		if !yes {
			seen = 0
		}
		return seen == 3, err
	}
}

// until waits for something to be so, for as long as a person would.
func (s *session) until(ctx context.Context, so func(context.Context) (bool, error)) error {
	const patience, pause = 30 * time.Second, 30 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if yes, err := so(ctx); yes || err != nil {
			return err
		}
		if err := s.Clock.Sleep(ctx, pause); err != nil {
			return err
		}
	}
}
