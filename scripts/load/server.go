package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// server is the program that is measured, in a process that may come and go. It
// keeps its address and its data.
type server struct {
	lab     *lab
	name    string
	address string
	env     []string
	log     *os.File
	client  *http.Client
	process *process
}

// server prepares a server that calls a platform; more are NAME=value lines for
// its environment. Where they name no queue and no store, it has those of the
// command line, and if there are none, its own.
func (l *lab) server(ctx context.Context, name string, p *platform, more ...string) (*server, error) {
	ports, err := freePorts(ctx, 1)
	if err != nil {
		return nil, err
	}
	log, err := l.log(name)
	if err != nil {
		return nil, err
	}
	address := net.JoinHostPort(loopback, strconv.Itoa(ports[0]))
	env := append(environment(),
		"PATH="+os.Getenv("PATH"), "HOME="+l.dir, "LOG_LEVEL=warn",
		"ALIYUN_VOD_ENDPOINT="+p.api, "LISTEN_ADDR="+address, "DATA_DIR="+filepath.Join(l.dir, name),
	)
	if l.queue != "" {
		env = append(env, "QUEUE_URL="+l.queue)
	}
	if l.store != "" {
		env = append(env, "STORE_URL="+l.store)
	}
	return &server{
		lab: l, name: name, address: address, env: append(env, more...), log: log,
		client: &http.Client{Timeout: 10 * time.Second},
	}, nil
}

// callbacks is the URL that takes callbacks.
func (s *server) callbacks() string { return "http://" + s.address + "/callbacks/aliyun" }

// start starts the process, and does not wait until it is ready.
func (s *server) start(ctx context.Context) error {
	p, err := start(ctx, s.name, s.env, s.log, s.log, s.lab.program, "serve")
	if err != nil {
		return err
	}
	s.process = p
	s.lab.started = append(s.lab.started, p)
	return nil
}

// ready waits until the server takes callbacks.
func (s *server) ready(ctx context.Context) error {
	const pause, patience = 20 * time.Millisecond, time.Minute
	return s.lab.until(ctx, s.name+" gets ready", pause, patience, func() (bool, error) {
		if err := s.process.alive(); err != nil {
			return false, err
		}
		return ask(ctx, s.client, http.MethodGet, "http://"+s.address+"/readyz", nil, nil) == nil, nil
	})
}

// run starts the server and waits until it is ready.
func (s *server) run(ctx context.Context) error {
	if err := s.start(ctx); err != nil {
		return err
	}
	return s.ready(ctx)
}

// deadLetter is a task that the server gave up.
type deadLetter struct {
	ID      string `json:"id"`
	Message struct {
		Task struct {
			ID string `json:"id"`
		} `json:"task"`
	} `json:"message"`
	Reason string `json:"reason"`
}

// dead lists the server's dead letters.
func (s *server) dead(ctx context.Context) ([]deadLetter, error) {
	var answer struct {
		Dead []deadLetter `json:"dead"`
	}
	err := ask(ctx, s.client, http.MethodGet, "http://"+s.address+"/v1/dead?most=1000", nil, &answer)
	return answer.Dead, err
}
