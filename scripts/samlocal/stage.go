package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/deploytest"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// The account on Huawei Cloud, which nobody has.
const (
	huaweiKey     = "MadeUpHuaweiKey"
	huaweiSecret  = "MadeUpHuaweiSecret" //nolint:gosec // nobody's
	huaweiProject = "0123456789abcdef0123456789abcdef"
)

// stage is what stands around the functions.
type stage struct {
	clock    clock.Clock
	template deploytest.Template
	aliyun   *vodsim.Server
	huawei   *huawei.Server
	aliyunAt string // URLs as containers see them
	huaweiAt string
	sqs      *emulator
	dynamodb *emulator
	watch    watch // before the two, as the functions see them:
	sqsAt    string
	tablesAt string
	queue    string // QUEUE_URL
	table    string // STORE_URL

	servers []*http.Server
}

// open starts simulators and emulators, and makes the template's queue and table.
func open(ctx context.Context, o options, c clock.Clock) (*stage, error) {
	template, err := deploytest.Read("template.yaml")
	if err != nil {
		return nil, err
	}
	s := &stage{
		clock: c, template: template,
		aliyun: vodsim.New(vodsim.Config{
			AccessKeyID: requesttest.AccessKeyID, AccessKeySecret: secret.New(requesttest.AccessKeySecret),
			AnyMedia: true, Rate: -1, UploadRate: -1, SubmitTime: -1, RefreshTime: -1,
		}),
		huawei: huawei.New(huawei.Config{
			AccessKey: huaweiKey, SecretKey: secret.New(huaweiSecret), ProjectID: huaweiProject,
			MFSKey: secret.New(requesttest.MFSKey), AnyMedia: true, RefreshTime: -1,
		}),
	}
	if err := s.start(ctx, o); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stage) start(ctx context.Context, o options) (err error) {
	if s.aliyunAt, err = s.serve(ctx, o.host, s.aliyun); err != nil {
		return err
	}
	if s.huaweiAt, err = s.serve(ctx, o.host, s.huawei); err != nil {
		return err
	}
	if s.sqs, err = startSQS(ctx, o.emulators, o.host); err != nil {
		return err
	}
	if s.dynamodb, err = startDynamoDB(ctx, o.emulators, o.host); err != nil {
		return err
	}
	if s.sqsAt, err = s.front(ctx, o.host, s.sqs); err != nil {
		return err
	}
	if s.tablesAt, err = s.front(ctx, o.host, s.dynamodb); err != nil {
		return err
	}
	if s.queue, err = s.sqs.makeQueue(ctx, s.template, "Queue"); err != nil {
		return err
	}
	s.table, err = s.dynamodb.makeTable(ctx, s.template, "Table")
	return err
}

// front is where functions find an emulator.
func (s *stage) front(ctx context.Context, host string, e *emulator) (url string, err error) {
	watched, err := s.watch.before(e)
	if err != nil {
		return "", err
	}
	return s.serve(ctx, host, watched)
}

// serve has a handler on a free port of an address of this machine.
func (s *stage) serve(ctx context.Context, host string, h http.Handler) (url string, err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", err
	}
	const patience = 10 * time.Second
	server := &http.Server{Handler: h, ReadHeaderTimeout: patience}
	s.servers = append(s.servers, server)
	go func() { _ = server.Serve(listener) }() // ends with close
	return "http://" + listener.Addr().String(), nil
}

func (s *stage) close() {
	for _, server := range s.servers {
		_ = server.Close()
	}
	_ = errors.Join(s.aliyun.Close(), s.huawei.Close())
	s.sqs.stop()
	s.dynamodb.stop()
}

// environment is what a container has in its image: where the stand-ins are, which
// the template has no variables for.
func (s *stage) environment() map[string]string {
	return map[string]string{
		"ALLOW_HTTP_ENDPOINT":       "true",
		"ALIYUN_VOD_ENDPOINT":       s.aliyunAt,
		"HUAWEI_VOD_ENDPOINT":       s.huaweiAt,
		"AWS_ENDPOINT_URL_DYNAMODB": s.tablesAt,
		"AWS_ENDPOINT_URL_SQS":      s.sqsAt,
	}
}

// variables is what a deployment would resolve for the variables of the template:
// secrets, and the names of resources.
func (s *stage) variables() map[string]string {
	return map[string]string{
		"QUEUE_URL": s.queue, "STORE_URL": s.table, "LOG_LEVEL": "debug",
		"ALIBABA_CLOUD_ACCESS_KEY_ID": requesttest.AccessKeyID, "ALIBABA_CLOUD_ACCESS_KEY_SECRET": requesttest.AccessKeySecret,
		"ALIYUN_CALLBACK_URLS": requesttest.CallbackURL, "ALIYUN_CALLBACK_KEYS": requesttest.CallbackKey,
		"HUAWEICLOUD_SDK_AK": huaweiKey, "HUAWEICLOUD_SDK_SK": huaweiSecret, "HUAWEICLOUD_SDK_PROJECT_ID": huaweiProject,
		"HUAWEI_MFS_KEYS": requesttest.MFSKey, "HUAWEI_SMN_TOPICS": "urn:smn:cn-north-4:" + huaweiProject + ":vod-events",
		"API_TOKENS": requesttest.Token, "UPLOAD_TICKET_KEYS": requesttest.TicketKey, "CORS_ORIGINS": requesttest.Origin,
		"RULES":             "rules: [{on: [TranscodeComplete, FileUploadComplete], do: refresh}, {on: [transcodeComplete], provider: huawei, do: refresh}]",
		"AWS_EMF_NAMESPACE": "vodrefresh/sam-local",
	}
}
