package main

import (
	"encoding/json"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// uploading is a platform that upload clients are tested against: it and its
// storage run by a clock that can be put forward, so that credentials run out
// when a test wants them to.
type uploading struct {
	platform *vodsim.Server
	clock    *forwarded

	mu    sync.Mutex // guards what follows
	parts int        // that were stored so far
	due   *leap      // the one to come, if any
}

// leap is an order to put the clock forward.
type leap struct {
	Seconds int `json:"seconds"`
	Parts   int `json:"parts"` // to be stored before it happens; none for at once
}

// forwarded is a clock that is ahead of another.
type forwarded struct {
	clock.Clock

	mu    sync.Mutex
	ahead time.Duration
}

// Now returns the time of this clock.
func (f *forwarded) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Clock.Now().Add(f.ahead)
}

func (f *forwarded) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ahead += d
}

// uploads is the process of that platform. It announces two URLs: the API, and
// what a test asks and orders.
func (s *session) uploads() *cobra.Command {
	var life time.Duration
	var expired string
	cmd := &cobra.Command{
		Use:   "uploads",
		Short: "Be the platform and its storage for upload clients",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ports, err := freePorts(cmd.Context(), 1)
			if err != nil {
				return err
			}
			port := strconv.Itoa(ports[0])
			u := newUploading(s.clock, vodsim.Config{
				UploadEndpoint: "http://localhost:" + port, UploadLife: life, UploadExpired: expired,
			})
			return s.serve(cmd.Context(), listening{net.JoinHostPort(loopback, port), u}, listening{anyPort, u.control()})
		},
	}
	cmd.Flags().DurationVar(&life, "life", 5*time.Minute, "how long credentials are good; the API takes clocks that differ by up to 15m")
	cmd.Flags().StringVar(&expired, "expired", "", "error code for credentials past their time; the storage's default if empty")
	return cmd
}

// newUploading makes the platform.
func newUploading(c clock.Clock, cfg vodsim.Config) *uploading {
	u := &uploading{clock: &forwarded{Clock: c}}
	cfg.AccessKeyID, cfg.AccessKeySecret, cfg.Clock = accessKeyID, accessKeySecret(), u.clock
	u.platform = vodsim.New(cfg)
	return u
}

// ServeHTTP answers a call of the API or of the storage. A refusal is sent a
// moment later than it could be: a client that sees one forgets the parts whose
// answers are still on their way, and sends them again.
func (u *uploading) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.platform.ServeHTTP(&partCounter{ResponseWriter: w, uploading: u, request: r}, r)
}

// partCounter sees what a request is answered.
type partCounter struct {
	http.ResponseWriter

	uploading *uploading
	request   *http.Request
}

// WriteHeader counts a part that was stored, and holds a refusal back.
func (p *partCounter) WriteHeader(status int) {
	switch {
	case status == http.StatusForbidden:
		_ = p.uploading.clock.Sleep(p.request.Context(), 200*time.Millisecond) // nobody is there to be answered
	case status == http.StatusOK && p.request.Method == http.MethodPut:
		p.uploading.stored()
	}
	p.ResponseWriter.WriteHeader(status)
}

// stored counts a part, and puts the clock forward if it was the one.
func (u *uploading) stored() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.parts++
	u.leap()
}

// order takes an order, in place of an earlier one.
func (u *uploading) order(l leap) {
	u.mu.Lock()
	defer u.mu.Unlock()
	l.Parts += u.parts
	u.due = &l
	u.leap()
}

// leap puts the clock forward if that is due.
func (u *uploading) leap() {
	if u.due != nil && u.parts >= u.due.Parts {
		u.clock.advance(time.Duration(u.due.Seconds) * time.Second)
		u.due = nil
	}
}

// control is what a test asks and orders: GET /parts and /objects/{name}, POST
// /clock, POST and DELETE /faults.
func (u *uploading) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /parts", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(u.platform.Storage().Parts())
	})
	mux.HandleFunc("GET /objects/{name...}", func(w http.ResponseWriter, r *http.Request) {
		object, ok := u.platform.Storage().Object(r.PathValue("name"))
		if !ok {
			http.NotFound(w, r)
			return
		}
		_ = json.NewEncoder(w).Encode(object)
	})
	mux.HandleFunc("POST /clock", func(w http.ResponseWriter, r *http.Request) {
		var order leap
		if err := json.NewDecoder(r.Body).Decode(&order); err != nil {
			http.Error(w, "not an order: "+err.Error(), http.StatusBadRequest)
			return
		}
		u.order(order)
	})
	orderFaults(mux, u.platform)
	return mux
}
