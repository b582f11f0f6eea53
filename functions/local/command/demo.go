package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/callback"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

// demoReport is what demo prints with -o json.
type demoReport struct {
	Callbacks []demoCallback `json:"callbacks"`
	Calls     []providerCall `json:"calls"`
	Jobs      []demoJob      `json:"jobs"`
}

type demoCallback struct {
	EventType  string           `json:"event_type"`
	MediaID    string           `json:"media_id"`
	HTTPStatus int              `json:"http_status"`
	Verdict    callback.Verdict `json:"verdict"`

	what  string         // the case in words
	why   string         // the reason of the verdict
	calls []providerCall // what it led to
	jobID string
}

type demoJob struct {
	Provider events.Provider `json:"provider"`
	ID       string          `json:"id"`
	State    core.JobState   `json:"state"`
}

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
	to := "http://" + listener.Addr().String() + "/callbacks/aliyun"
	cfg.CallbackURLs, cfg.CallbackKeys = []string{to}, config.Secrets{secret.New(simulatorCallbackKey)}
	if !cfg.HasCredentials() {
		simulator, err := simulate(&cfg, quick(), to)
		if err != nil {
			return demoReport{}, err
		}
		defer func() { _ = simulator.Close() }()
		s.sayf("no cloud credentials: a simulator stands for the cloud")
	}
	calls := &recorder{next: s.Transport}
	serving, err := service.New(cfg, service.Options{
		Log:  slog.New(slog.NewTextHandler(s.Err, &slog.HandlerOptions{Level: slog.LevelError})),
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
	report := demoReport{Calls: []providerCall{}, Jobs: []demoJob{}}
	for _, c := range demoCases(s.Clock.Now()) {
		key := cfg.CallbackKeys[0]
		if c.forged {
			key = secret.New("NotTheRegisteredKey")
		}
		before := len(calls.submits())
		sent, err := c.send(ctx, s.post, cfg.CallbackURLs[0], aliyun.Sign(cfg.CallbackURLs[0], key, c.at))
		if err != nil {
			return report, fmt.Errorf("%s: %w", c.what, err)
		}
		sent.calls = calls.submits()[before:]
		report.Callbacks = append(report.Callbacks, sent)
	}
	const patience = 30 * time.Second
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for serving.Follower.Pending() > 0 {
		if err := s.Clock.Sleep(waiting, 50*time.Millisecond); err != nil {
			return report, fmt.Errorf("the jobs did not end within %s: %w", patience, err)
		}
	}
	report.Calls = append(report.Calls, calls.submits()...)
	for _, c := range report.Callbacks {
		if c.jobID == "" {
			continue
		}
		job, err := serving.Job(ctx, events.Aliyun, c.jobID)
		if err != nil {
			return report, err
		}
		report.Jobs = append(report.Jobs, demoJob{events.Aliyun, job.ID, job.State})
	}
	return report, nil
}

// failed is an error if the platform could not be used.
func (d demoReport) failed() error {
	for _, c := range d.Callbacks {
		if c.Verdict == callback.Verdict(core.Failed) {
			return fmt.Errorf("%s: %s", c.what, c.why)
		}
	}
	return nil
}

// table shows a person what became of each callback.
func (d demoReport) table(w io.Writer) {
	fmt.Fprintln(w, "CALLBACK\tEVENT\tMEDIA\tHTTP\tAPI CALL\tJOB\tVERDICT")
	states := make(map[string]core.JobState, len(d.Jobs))
	for _, j := range d.Jobs {
		states[j.ID] = j.State
	}
	for _, c := range d.Callbacks {
		call, job := "none", "-"
		for _, made := range c.calls {
			call = made.Action + " -> no answer"
			if made.HTTPStatus != 0 {
				call = fmt.Sprintf("%s -> %d", made.Action, made.HTTPStatus)
			}
		}
		if c.jobID != "" {
			job = fmt.Sprintf("%.8s: %s", c.jobID, states[c.jobID])
		}
		verdict := string(c.Verdict)
		if c.why != "" {
			verdict += ": " + c.why
		}
		fmt.Fprintf(w, "%s\t%s\t%.8s\t%d\t%s\t%s\t%s\n", c.what, c.EventType, c.MediaID, c.HTTPStatus, call, job, verdict)
	}
	if len(d.Jobs) > 0 {
		fmt.Fprintln(w, "\nThe duplicate was paid for twice: without a store (STORE_URL=none:) nothing remembers the first one.")
	}
}
