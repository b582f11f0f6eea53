package command

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// setupFlags are what a setup is told on the command line.
type setupFlags struct {
	url             string
	queue, endpoint string
	app             string
	force, dryRun   bool
}

func (s *session) setup() *cobra.Command {
	cmd := &cobra.Command{
		Use: "setup", Short: "Set up a platform so that it calls back", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(s.setupAliyun())
	return cmd
}

func (s *session) setupAliyun() *cobra.Command {
	var f setupFlags
	cmd := &cobra.Command{
		Use:   "aliyun",
		Short: "Have ApsaraVideo VOD call back about what the rules want",
		Long: "Read how VOD calls back in ALIYUN_VOD_REGION, add the event types of the rules and SubmitMediaRefreshComplete, which the\n" +
			"console cannot, and write it back. All other settings stay, and nothing is written if nothing changes. With --url or\n" +
			"--queue it also says where callbacks go: over HTTP to one of ALIYUN_CALLBACK_URLS, signed with the first\n" +
			"of ALIYUN_CALLBACK_KEYS, which must have at most 32 characters, with upper case, lower case and digits; over a\n" +
			"queue they are not signed. Where callbacks go already, neither is needed.\n" +
			"VOD has no conditional write: what somebody else sets between reading and writing is lost.",
		Example: "  vodrefresh setup aliyun --dry-run\n" +
			"  vodrefresh setup aliyun --url https://vod-callback-abcdefghij.cn-shanghai.fcapp.run/callbacks/aliyun\n" +
			"  vodrefresh setup aliyun --queue vod-events --endpoint https://1234567890.mns.cn-shanghai.aliyuncs.com/",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return s.runSetupAliyun(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.url, "url", "", "have callbacks posted to this URL, signed")
	flags.StringVar(&f.queue, "queue", "", "have them sent to this queue of Simple Message Queue (MNS)")
	flags.StringVar(&f.endpoint, "endpoint", "", "the public endpoint of the queue's account and region; with --queue")
	flags.StringVar(&f.app, "app", "", "the application (default: the account's own, app-1000000)")
	flags.BoolVar(&f.force, "force", false, "also if callbacks go somewhere else now")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would change, write nothing")
	return cmd
}

func (s *session) runSetupAliyun(ctx context.Context, f setupFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	cfg, err := config.Load(s.Environ)
	if err != nil {
		return err
	}
	if !cfg.HasAliyun() {
		return errors.New("no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, with the right to vod:GetMessageCallback and vod:SetMessageCallback")
	}
	client, err := s.aliyun(cfg)
	if err != nil {
		return err
	}
	now, err := client.MessageCallback(ctx, f.app)
	if err != nil {
		return err
	}
	want, err := f.wanted(now, cfg)
	if err != nil {
		return err
	}
	report := newSetupReport(cfg, f, now, want)
	moved := moves(now, want)
	refused := moved != "" && !f.force
	if report.Changed && !f.dryRun && !refused {
		if err := s.replace(ctx, client, f.app, want); err != nil {
			return err
		}
		report.Written = true
	}
	if err := s.print(report, report.diff); err != nil {
		return err
	}
	for _, note := range report.notes(want, moved, f) {
		s.sayf("%s", note)
	}
	if refused && !f.dryRun {
		return fmt.Errorf("nothing was written: callbacks go to %s now; --force has them go elsewhere", moved)
	}
	return nil
}

// aliyun is a client for the platform of this configuration.
func (s *session) aliyun(cfg config.Config) (*aliyun.Client, error) {
	keys := aliyun.Credentials{AccessKeyID: cfg.AccessKeyID, AccessKeySecret: cfg.AccessKeySecret, SecurityToken: cfg.SecurityToken}
	return aliyun.New(aliyun.Config{
		Region: cfg.AliyunRegion, Endpoint: cfg.AliyunEndpoint, AllowHTTP: cfg.AllowHTTP,
		Credentials: func(context.Context) (aliyun.Credentials, error) { return keys, nil },
		Transport:   s.Transport, Clock: s.Clock,
	})
}

// replace writes the settings and reads them again: VOD takes a list of event
// types as it is, and tells of a wrong one by silence.
func (s *session) replace(ctx context.Context, client *aliyun.Client, app string, want aliyun.MessageCallback) error {
	if err := client.SetMessageCallback(ctx, want); err != nil {
		return err
	}
	got, err := client.MessageCallback(ctx, app)
	if err != nil {
		return fmt.Errorf("written, but not read again: %w", err)
	}
	for _, c := range settings(got, want) {
		if !c.none() {
			return fmt.Errorf("VOD has taken the settings, but shows another %s than was written; look again with --dry-run", c.Field)
		}
	}
	return nil
}
