package runtimetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// API is a Runtime API: whatever [API.Invoke] is given waits until the program
// asks for it. Make one with [Listen].
type API struct {
	dialect Dialect
	clock   clock.Clock
	server  *http.Server
	address string
	waiting chan *inHand
	asked   chan struct{} // closed at the first request for an event

	mu         sync.Mutex
	serial     int
	inHand     map[string]*inHand
	first      time.Time // when asked was closed
	unexpected []string
}

// Listen starts an API on a port of its own.
func Listen(ctx context.Context, dialect Dialect) (*API, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the runtime API: %w", err)
	}
	a := &API{
		dialect: dialect, clock: clock.System{}, address: listener.Addr().String(),
		waiting: make(chan *inHand), asked: make(chan struct{}), inHand: make(map[string]*inHand),
	}
	mux := http.NewServeMux()
	invocation := dialect.prefix + "/invocation/"
	mux.HandleFunc("GET "+invocation+"next", a.next)
	mux.HandleFunc("POST "+invocation+"{id}/response", a.settle(false))
	mux.HandleFunc("POST "+invocation+"{id}/error", a.settle(true))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		a.surprise(r.Method + " " + r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	})
	a.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() { _ = a.server.Serve(listener) }() // until Close
	return a, nil
}

// Address is host and port, as the environment of a program has it.
func (a *API) Address() string { return a.address }

// Variable is the line of an environment that leads a program here.
func (a *API) Variable() string { return a.dialect.variable + "=" + a.address }

// Close ends the API, and every connection to it.
func (a *API) Close() error { return a.server.Close() }

// Unexpected lists the requests that no Runtime API knows, and answers to events
// that are not in hand.
func (a *API) Unexpected() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.unexpected...)
}

// FirstNext is when the program first asked for an event; it is waited for.
func (a *API) FirstNext(ctx context.Context) (time.Time, error) {
	select {
	case <-a.asked:
		a.mu.Lock()
		defer a.mu.Unlock()
		return a.first, nil
	case <-ctx.Done():
		return time.Time{}, fmt.Errorf("no program asked for an event: %w", ctx.Err())
	}
}

// Invoke hands an event to the program and waits for what it answers. Events are
// handed out as the program asks for them, one by one if it takes one at a time.
func (a *API) Invoke(ctx context.Context, e Event) (Result, error) {
	a.mu.Lock()
	a.serial++
	id := fmt.Sprintf("8476a536-e9f4-11e8-9739-%012d", a.serial)
	a.mu.Unlock()
	one := &inHand{event: e, id: id, answer: make(chan Result, 1)}
	select {
	case a.waiting <- one:
	case <-ctx.Done():
		return Result{}, fmt.Errorf("the program did not ask for event %s: %w", id, ctx.Err())
	}
	select {
	case r := <-one.answer:
		return r, nil
	case <-ctx.Done():
		return Result{}, fmt.Errorf("the program did not answer event %s: %w", id, ctx.Err())
	}
}

// next is the long poll for an event.
func (a *API) next(w http.ResponseWriter, r *http.Request) {
	now := a.clock.Now()
	a.mu.Lock()
	if a.first.IsZero() {
		a.first = now
		close(a.asked)
	}
	a.mu.Unlock()
	select {
	case one := <-a.waiting:
		one.departed = a.clock.Now()
		a.mu.Lock()
		a.inHand[one.id] = one
		a.mu.Unlock()
		a.dialect.describe(w.Header(), one.event, one.id, one.departed.Add(one.event.timeout()))
		for name, values := range one.event.Header {
			w.Header()[http.CanonicalHeaderKey(name)] = values
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(one.event.Payload)))
		_, _ = w.Write(one.event.Payload) // a program that has gone does not answer
	case <-r.Context().Done():
	}
}

// settle takes an answer.
func (a *API) settle(failed bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		a.mu.Lock()
		one := a.inHand[r.PathValue("id")]
		delete(a.inHand, r.PathValue("id"))
		a.mu.Unlock()
		if one == nil || err != nil {
			a.surprise(strings.Join([]string{r.Method, r.URL.Path, "for an event that is not in hand, or cut off"}, " "))
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		result := Result{Payload: body, Failed: failed, Header: r.Header.Clone(), Took: a.clock.Now().Sub(one.departed)}
		if failed {
			_ = json.Unmarshal(body, &result.Failure) // what is none stays in Payload
		}
		w.WriteHeader(a.dialect.accepted)
		one.answer <- result
	}
}

// surprise notes what no Runtime API gets.
func (a *API) surprise(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.unexpected = append(a.unexpected, what)
}
