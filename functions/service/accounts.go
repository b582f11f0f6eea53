package service

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/huawei"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// account is one provider that is set up, and what is known of it.
type account struct {
	driver  driver
	region  string
	streams core.Streams // nil where a media counts as one, however many streams it has
}

// driver is what the drivers of the platforms have in common.
type driver interface {
	core.Provider
	core.Library
}

// accounts are all providers that are set up.
type accounts map[events.Provider]account

// newAccounts makes a driver for each provider that has credentials.
func newAccounts(cfg config.Config, o Options) (accounts, error) {
	all := make(accounts)
	if cfg.HasAliyun() {
		client, err := newAliyun(cfg, o)
		if err != nil {
			return nil, err
		}
		all[events.Aliyun] = account{client, cfg.AliyunRegion, client.Streams}
	}
	if cfg.HasHuawei() {
		client, err := newHuawei(cfg, o)
		if err != nil {
			return nil, err
		}
		all[events.Huawei] = account{client, cfg.HuaweiRegion, nil}
	}
	if len(all) == 0 {
		return nil, core.Errorf(core.Invalid, "no credentials for any provider")
	}
	return all, nil
}

// newAliyun is the driver for ApsaraVideo VOD.
func newAliyun(cfg config.Config, o Options) (*aliyun.Client, error) {
	keys := aliyun.Credentials{AccessKeyID: cfg.AccessKeyID, AccessKeySecret: cfg.AccessKeySecret, SecurityToken: cfg.SecurityToken}
	credentials := o.Credentials
	if credentials == nil {
		credentials = func(context.Context) (aliyun.Credentials, error) { return keys, nil }
	}
	return aliyun.New(aliyun.Config{
		Region: cfg.AliyunRegion, Endpoint: cfg.AliyunEndpoint, AllowHTTP: cfg.AllowHTTP,
		Credentials: credentials,
		Transport:   o.HTTP, Clock: o.Clock,
	})
}

// newHuawei is the driver for Huawei Cloud VOD.
func newHuawei(cfg config.Config, o Options) (*huawei.Client, error) {
	keys := huawei.Credentials{AccessKey: cfg.HuaweiAccessKey, SecretKey: cfg.HuaweiSecretKey, SecurityToken: cfg.HuaweiSecurityToken}
	return huawei.New(huawei.Config{
		Region: cfg.HuaweiRegion, Endpoint: cfg.HuaweiEndpoint, ProjectID: cfg.HuaweiProjectID, AllowHTTP: cfg.AllowHTTP,
		Credentials: func(context.Context) (huawei.Credentials, error) { return keys, nil },
		Transport:   o.HTTP, Clock: o.Clock,
	})
}

func (a accounts) providers() map[events.Provider]core.Provider {
	all := make(map[events.Provider]core.Provider, len(a))
	for name, account := range a {
		all[name] = account.driver
	}
	return all
}

func (a accounts) libraries() map[events.Provider]core.Library {
	all := make(map[events.Provider]core.Library, len(a))
	for name, account := range a {
		all[name] = account.driver
	}
	return all
}

func (a accounts) regions() map[events.Provider]string {
	all := make(map[events.Provider]string, len(a))
	for name, account := range a {
		all[name] = account.region
	}
	return all
}

func (a accounts) streams() map[events.Provider]core.Streams {
	all := make(map[events.Provider]core.Streams, len(a))
	for name, account := range a {
		if account.streams != nil {
			all[name] = account.streams
		}
	}
	return all
}

// meters tell what is left of each account's day: a platform that can be asked
// does, of another one the store knows what went out, if there is a store.
func (a accounts) meters(cfg config.Config, o Options) map[events.Provider]core.Meter {
	all := make(map[events.Provider]core.Meter, len(a))
	for name, account := range a {
		if meter, ok := account.driver.(core.Meter); ok {
			all[name] = meter
		} else if o.Store != nil {
			all[name] = core.NewTally(core.TallyConfig{
				Provider: name, Region: account.region, Store: o.Store, Daily: cfg.HuaweiDaily, Zone: cfg.QuotaZone.Location, Clock: o.Clock,
			})
		}
	}
	return all
}
