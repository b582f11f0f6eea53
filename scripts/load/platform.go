package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// platform is a simulator in a process of its own, as the measurement sees it.
type platform struct {
	api     string
	control string
	process *process
	client  *http.Client
}

// platform starts a simulator.
func (l *lab) platform(ctx context.Context, sim simulation) (*platform, error) {
	args := []string{"--rate", strconv.Itoa(sim.rate), "--latency", sim.latency.String()}
	if sim.listen != "" {
		args = append(args, "--listen", sim.listen)
	}
	p, urls, err := l.part(ctx, "simulator", args...)
	if err != nil {
		return nil, err
	}
	return &platform{api: urls[0], control: urls[1], process: p, client: &http.Client{Timeout: time.Minute}}, nil
}

// stats returns what was asked of the platform so far.
func (p *platform) stats(ctx context.Context) (s stats, err error) {
	if err := p.process.alive(); err != nil {
		return stats{}, err
	}
	err = ask(ctx, p.client, http.MethodGet, p.control+"/stats", nil, &s)
	return s, err
}

// submissions returns every submit call so far.
func (p *platform) submissions(ctx context.Context) (all []submission, err error) {
	err = ask(ctx, p.client, http.MethodGet, p.control+"/submissions", nil, &all)
	return all, err
}

// fault makes the platform misbehave.
func (p *platform) fault(ctx context.Context, f vodsim.Fault) error {
	return ask(ctx, p.client, http.MethodPost, p.control+"/faults", f, nil)
}

// ask sends in as JSON, if there is something to send, and decodes the answer
// into out, if there is something to learn. Requests carry the API token, which
// nothing but the server looks at.
func ask(ctx context.Context, client *http.Client, method, url string, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+apiToken().Reveal())
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s answered %s", method, url, response.Status)
	}
	if out == nil {
		return nil
	}
	return json.NewDecoder(response.Body).Decode(out)
}
