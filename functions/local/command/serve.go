package command

import (
	"context"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

func (s *session) serve() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "Serve callbacks and the API until SIGTERM",
		Long: "Serve callbacks and the API on LISTEN_ADDR until SIGTERM or SIGINT; open requests are finished first.\n" +
			"Without cloud credentials a simulator in this process stands for the cloud. It knows every media but those whose\n" +
			"IDs begin with missing or forbidden, and takes the API token " + simulatorToken + " unless API_TOKENS is set.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return s.runServe(cmd.Context()) },
	}
}

func (s *session) runServe(ctx context.Context) error {
	cfg, err := s.load()
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.ListenAddr)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewJSONHandler(s.Err, &slog.HandlerOptions{Level: cfg.LogLevel}))
	var follow core.FollowerConfig // the defaults
	base := "http://" + listener.Addr().String()
	if !cfg.HasCredentials() {
		simulator, err := simulate(&cfg, vodsim.Config{}, base+"/callbacks/aliyun")
		if err != nil {
			return err
		}
		defer func() { _ = simulator.Close() }()
		s.sayf("no cloud credentials: a simulator stands for the cloud at %s", cfg.AliyunEndpoint)
		follow.First = 2 * time.Second
	}
	for _, note := range cfg.Notes() {
		log.WarnContext(ctx, "configuration", "note", note)
	}
	serving, err := service.New(cfg, service.Options{Log: log, Follow: follow})
	if err != nil {
		return err
	}
	s.sayf("serving %s/callbacks/aliyun and %s/v1 (stop with SIGTERM)", base, base)
	return serving.Serve(ctx, listener)
}
