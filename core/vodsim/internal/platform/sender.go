package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// patience is how long a receiver of callbacks may take to answer. Both
// platforms give it five seconds.
const patience = 5 * time.Second

// Message is a callback, ready to be posted.
type Message struct {
	To     string // an http or https URL
	Header http.Header
	Body   []byte // JSON
}

// Sender is a copy of a client that does not follow redirects, as callbacks are
// sent. Nil stands for a client of its own.
func Sender(client *http.Client) *http.Client {
	var sender http.Client
	if client != nil {
		sender = *client
	}
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &sender
}

// Post posts a message once and returns the status of the answer. Its errors
// do not quote the URL, which may hold a token.
func Post(ctx context.Context, sender *http.Client, m Message) (status int, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.To, bytes.NewReader(m.Body))
	if err != nil {
		return 0, undisclosed(err)
	}
	maps.Copy(r.Header, m.Header)
	if r.Header.Get("Content-Type") == "" {
		r.Header.Set("Content-Type", "application/json")
	}
	answer, err := sender.Do(r)
	if err != nil {
		return 0, undisclosed(err)
	}
	return answer.StatusCode, answer.Body.Close()
}

// undisclosed is the error without the URL that net/http puts before it.
func undisclosed(err error) error {
	if text, ok := errors.AsType[*url.Error](err); ok {
		err = text.Err
	}
	return fmt.Errorf("post a callback: %w", err)
}
