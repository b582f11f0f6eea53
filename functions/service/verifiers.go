package service

import (
	"context"
	"net/http"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// verifiers fills in what callbacks are verified with. Where a provider has none,
// all of its callbacks are refused.
func verifiers(cfg config.Config, o Options, to *callback.Config) (err error) {
	if cfg.HasAliyun() && len(cfg.CallbackKeys) > 0 {
		if to.Verifier, err = aliyun.NewVerifier(cfg.CallbackURLs, cfg.CallbackKeys); err != nil {
			return err
		}
	}
	if cfg.HasHuawei() {
		to.Huawei, err = HuaweiVerifiers(cfg, o.HTTP, o.Clock)
	}
	to.Huawei.Replays = core.NewReplays(o.Store, o.Clock)
	return err
}

// HuaweiVerifiers verifies the callbacks of Huawei that a configuration admits.
// What SMN needs of Huawei, a certificate or a confirmation, is asked for over the
// transport, nil for one of its own.
func HuaweiVerifiers(cfg config.Config, transport http.RoundTripper, c clock.Clock) (to callback.HuaweiConfig, err error) {
	to.MFSWindow = cfg.MFSWindow
	if to.MFS, err = cfg.MFS(); err != nil || len(cfg.SMNTopics) == 0 {
		return to, err
	}
	var certificates huawei.Certificates = huawei.NewFetcher(transport, c.Now)
	if cfg.SMNCerts != "" {
		if certificates, err = huawei.OpenFolder(cfg.SMNCerts); err != nil {
			return to, err
		}
	}
	if cfg.SMNConfirm {
		to.Confirm = func(ctx context.Context, m huawei.Message) error { return huawei.Confirm(ctx, transport, m) }
	}
	to.SMN, err = huawei.NewSMNVerifier(huawei.SMNConfig{Topics: cfg.SMNTopics, Certificates: certificates})
	return to, err
}
