package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/engine"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

func (s *session) serve() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve callbacks and the API until SIGTERM",
		Long: "Serve callbacks and the API on LISTEN_ADDR until SIGTERM or SIGINT; open requests are finished first.\n" +
			"What is accepted is kept in DATA_DIR, or where QUEUE_URL and STORE_URL say, and outlives a crash.\n" +
			"Without cloud credentials a simulator in this process stands for the cloud. It knows every media but those whose\n" +
			"IDs begin with missing or forbidden (Huawei's: missing), and takes the API token " + simulatorToken + " unless API_TOKENS is set.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return s.runServe(cmd.Context()) },
	}
}

// frugal makes the garbage collector work harder once the heap is larger than a
// server of this sort needs, unless GOMEMLIMIT says otherwise. It is a goal and no
// bound: the program's own pages, 24 MB, come on top, and up to 10 MB more when a
// drain begins. A million records of the embedded store take 17 MB of it, and the
// rest is mostly what the NATS server has read and written of its files in the last
// ten seconds. Less costs time: what it drops it reads again.
func frugal() {
	const goal = 110 << 20
	if debug.SetMemoryLimit(-1) == math.MaxInt64 {
		debug.SetMemoryLimit(goal)
	}
}

func (s *session) runServe(ctx context.Context) (err error) {
	cfg, err := s.load()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.ListenAddr)
	if err != nil {
		return fmt.Errorf("LISTEN_ADDR: %w", err)
	}
	log := slog.New(slog.NewJSONHandler(s.Err, &slog.HandlerOptions{Level: cfg.LogLevel}))
	var follow core.FollowerConfig // the defaults
	base := "http://" + listener.Addr().String()
	frugal()
	engines, err := engine.Open(ctx, cfg, engine.Options{Log: log}, drivers()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, engines.Close()) }()
	if !cfg.HasCredentials() {
		simulator, err := simulate(&cfg, vodsim.Config{}, base+"/callbacks/aliyun")
		if err != nil {
			return err
		}
		defer func() { _ = simulator.Close() }()
		s.sayf("no cloud credentials: a simulator stands for the cloud at %s (aliyun) and %s (huawei)", cfg.AliyunEndpoint, cfg.HuaweiEndpoint)
		follow.First = 2 * time.Second
	}
	for _, note := range cfg.Notes() {
		log.WarnContext(ctx, "configuration", "note", note)
	}
	serving, err := service.New(cfg, service.Options{
		Queue: engines.Queue, Store: engines.Store, Health: engines.Health, Log: log, Follow: follow,
	})
	if err != nil {
		return err
	}
	for _, p := range serving.Providers() {
		s.sayf("serving %s/callbacks/%s", base, p)
	}
	s.sayf("serving %s/v1 (stop with SIGTERM)", base)
	return serving.Serve(ctx, listener)
}
