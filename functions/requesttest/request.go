package requesttest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// Field is a line of a header, its name as it is spelt.
type Field struct{ Name, Value string }

// Request is what a client sends; nothing in it is a platform's.
type Request struct {
	Method string
	Path   string // as on the wire, percent-encoded
	Query  string // the same, without the question mark
	Header []Field
	Body   []byte
}

// Target is path and query as they stand in the request line.
func (r Request) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

// Answer is what a client gets.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Send takes a request to a function and brings its answer back. An error is
// that of the way, and fails the test.
type Send func(ctx context.Context, r Request) (Answer, error)

// Serve starts an HTTP server for a handler, which ends with the test, and
// returns the way to it: plain HTTP, to which every other way is compared.
func Serve(tb testing.TB, handler http.Handler) Send {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return Over(server.Client(), server.URL)
}

// Over is the way to an HTTP server by its URL, which has no path. The names of
// headers go out as they are spelt, and redirects are answers.
func Over(client *http.Client, base string) Send {
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context, r Request) (Answer, error) {
		request, err := http.NewRequestWithContext(ctx, r.Method, base+r.Target(), bytes.NewReader(r.Body))
		if err != nil {
			return Answer{}, fmt.Errorf("make a request of %s %s: %w", r.Method, r.Target(), err)
		}
		for _, f := range r.Header {
			request.Header[f.Name] = append(request.Header[f.Name], f.Value)
		}
		answer, err := direct.Do(request)
		if err != nil {
			return Answer{}, err
		}
		defer func() { _ = answer.Body.Close() }()
		body, err := io.ReadAll(answer.Body)
		return Answer{answer.StatusCode, answer.Header, body}, err
	}
}
