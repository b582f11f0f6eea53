package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/deploytest"
)

// emulator is an AWS service on this machine.
type emulator struct {
	url     string
	service string // as signatures name it
	target  string // what X-Amz-Target begins with
	format  string // content type
	client  http.Client
	process *exec.Cmd
	log     *bytes.Buffer
}

func startSQS(ctx context.Context, folder, host string) (*emulator, error) {
	port, err := freePort(ctx, host)
	if err != nil {
		return nil, err
	}
	e := &emulator{service: "sqs", target: "AmazonSQS.", format: "application/x-amz-json-1.0"}
	program := filepath.Join(folder, "node_modules", "fauxqs", "dist", "cli.js")
	err = e.start(ctx, host, port, []string{"FAUXQS_LOGGER=false", "FAUXQS_PORT=" + port}, program)
	return e, err
}

func startDynamoDB(ctx context.Context, folder, host string) (*emulator, error) {
	port, err := freePort(ctx, host)
	if err != nil {
		return nil, err
	}
	e := &emulator{service: "dynamodb", target: "DynamoDB_20120810.", format: "application/x-amz-json-1.0"}
	program := filepath.Join(folder, "node_modules", "dynalite", "cli.js")
	err = e.start(ctx, host, port, nil, program, "--host="+host, "--port="+port, "--createTableMs=0")
	return e, err
}

func freePort(ctx context.Context, host string) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, errors.Join(err, listener.Close())
}

// start runs the program, and waits until it answers anything at all.
func (e *emulator) start(ctx context.Context, host, port string, environment []string, program ...string) error {
	const tries, pause = 600, 25 * time.Millisecond
	e.url, e.log = "http://"+net.JoinHostPort(host, port), new(bytes.Buffer)
	e.client.Timeout = 10 * time.Second
	e.process = exec.Command("node", program...) //nolint:gosec,noctx // our own arguments; stop ends it
	e.process.Env = append(os.Environ(), environment...)
	e.process.Stdout, e.process.Stderr = e.log, e.log
	if err := e.process.Start(); err != nil {
		e.process = nil
		return err
	}
	for range tries {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.url, nil)
		if err != nil {
			return err
		}
		if answer, err := e.client.Do(request); err == nil {
			return answer.Body.Close()
		}
		if err := (clock.System{}).Sleep(ctx, pause); err != nil {
			return err
		}
	}
	return fmt.Errorf("the emulator of %s does not come up: %s", e.service, e.log)
}

func (e *emulator) stop() {
	if e != nil && e.process != nil {
		_ = e.process.Process.Kill()
		_ = e.process.Wait()
	}
}

// ask makes a call of the service's JSON protocol. The emulators want to see a
// signature, and do not look at it.
func (e *emulator) ask(ctx context.Context, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url+"/", bytes.NewReader(body)) //nolint:gosec // an emulator of ours
	if err != nil {
		return err
	}
	request.Header = http.Header{
		"Content-Type": {e.format}, "X-Amz-Target": {e.target + action}, "X-Amz-Date": {"20260101T000000Z"},
		"Authorization": {"AWS4-HMAC-SHA256 Credential=any/20260101/us-east-1/" + e.service +
			"/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=" + strings.Repeat("0", 64)},
	}
	answer, err := e.client.Do(request) //nolint:gosec // the same
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	switch {
	case err != nil:
		return err
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("%s %s answered %s: %s", e.service, action, answer.Status, text)
	case out == nil:
		return nil
	}
	return json.Unmarshal(text, out)
}

// makeTable makes a table of the template, and returns its STORE_URL. What an
// emulator does not know is left out: backups, encryption, the time to live.
func (e *emulator) makeTable(ctx context.Context, t deploytest.Template, name string) (string, error) {
	properties := t.Resources[name].Properties
	schema := map[string]any{"TableName": "vodrefresh"}
	for _, known := range []string{"AttributeDefinitions", "KeySchema", "BillingMode", "GlobalSecondaryIndexes"} {
		if properties[known] == nil {
			return "", fmt.Errorf("the template's %s has no %s", name, known)
		}
		schema[known] = properties[known]
	}
	return "dynamodb://vodrefresh", e.ask(ctx, "CreateTable", schema, nil)
}

// makeQueue makes a queue of the template with its dead-letter queue, and returns
// its QUEUE_URL.
func (e *emulator) makeQueue(ctx context.Context, t deploytest.Template, name string) (string, error) {
	attributes, err := t.QueueAttributes(name)
	if err != nil {
		return "", err
	}
	const arn = "arn:aws:sqs:us-east-1:000000000000:dead"
	attributes["RedrivePolicy"] = strings.ReplaceAll(attributes["RedrivePolicy"], "DeadLetterQueue.Arn", arn)
	var made struct{ QueueUrl string } //nolint:revive // AWS's name
	if err := e.ask(ctx, "CreateQueue", map[string]any{"QueueName": "dead"}, nil); err != nil {
		return "", err
	}
	if err := e.ask(ctx, "CreateQueue", map[string]any{"QueueName": "vod", "Attributes": attributes}, &made); err != nil {
		return "", err
	}
	return strings.Replace(made.QueueUrl, "http://", "sqs://", 1), nil
}
