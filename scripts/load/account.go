package main

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// The one account of the simulated platform. Nothing here protects anything.
const (
	accessKeyID = "load"
	callbackURL = "https://vod.example.com/callbacks/aliyun"
)

func accessKeySecret() secret.Value { return secret.New("load-access-key-secret") }
func callbackKey() secret.Value     { return secret.New("LoadCallbackKey") }
func apiToken() secret.Value        { return secret.New("load-api-token-0123456789") }

// environment is what a server needs to know of the account, NAME=value lines.
func environment() []string {
	return []string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=" + accessKeyID,
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET=" + accessKeySecret().Reveal(),
		"ALIYUN_CALLBACK_URLS=" + callbackURL,
		"ALIYUN_CALLBACK_KEYS=" + callbackKey().Reveal(),
		"API_TOKENS=" + apiToken().Reveal(),
	}
}

// credentials are the same for a client in this process.
func credentials(context.Context) (aliyun.Credentials, error) {
	return aliyun.Credentials{AccessKeyID: accessKeyID, AccessKeySecret: accessKeySecret()}, nil
}
