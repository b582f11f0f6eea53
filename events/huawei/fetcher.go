package huawei

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

const (
	// fetchLimit bounds one fetch: SMN waits 5 s for the whole answer.
	fetchLimit = 2 * time.Second
	// keepCertificate is how long a certificate serves. One has been seen under
	// the same URL for two years.
	keepCertificate = 24 * time.Hour
	// keepFailure is how long the same URL is not asked again.
	keepFailure = 30 * time.Second
	// maxUnderWay and maxKept bound what a forger can cause who makes up
	// certificate IDs.
	maxUnderWay = 4
	maxKept     = 64
)

// Fetcher fetches signing certificates from Huawei and keeps them. It is safe
// for concurrent use.
type Fetcher struct {
	transport http.RoundTripper
	now       func() time.Time

	mu   sync.Mutex
	kept map[string]*fetched // by URL, also while it is under way
}

// fetched is a fetch under way, and then its result.
type fetched struct {
	done  chan struct{} // closed when the rest is there
	cert  *x509.Certificate
	err   error
	until time.Time
}

// NewFetcher returns a fetcher that asks over a transport, at a time that now
// tells. Without a transport it goes straight to Huawei, past any proxy.
//
// A fetch takes 2 s and 128 KiB at most and follows no redirect. A certificate
// is kept for 24 h, a failure for 30 s. Whoever asks for the same URL meanwhile
// waits for the same fetch, which goes on if one of them gives up. At most four
// are under way at a time.
func NewFetcher(transport http.RoundTripper, now func() time.Time) *Fetcher {
	return &Fetcher{transport: orDirect(transport), now: now, kept: map[string]*fetched{}}
}

// Certificate returns the certificate at a URL, or a [*VerifyError]: certificate
// if there is none that is fit for use, unavailable if that could not be told.
func (f *Fetcher) Certificate(ctx context.Context, url string) (*x509.Certificate, error) {
	e, err := f.find(ctx, url)
	if err != nil {
		return nil, err
	}
	select {
	case <-e.done:
		return e.cert, e.err
	case <-ctx.Done():
		return nil, unavailable(ctx.Err())
	}
}

// find returns what is kept or under way for a URL, or begins to fetch it.
func (f *Fetcher) find(ctx context.Context, url string) (*fetched, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.now()
	if e, ok := f.kept[url]; ok && (!e.ended() || now.Before(e.until)) {
		return e, nil
	}
	if err := f.makeRoom(now); err != nil {
		return nil, err
	}
	e := &fetched{done: make(chan struct{})}
	f.kept[url] = e
	// One that hangs up must not fail the others that wait.
	go f.fetch(context.WithoutCancel(ctx), url, e)
	return e, nil
}

func (e *fetched) ended() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

// makeRoom drops what is over, and failures too if there are many.
func (f *Fetcher) makeRoom(now time.Time) error {
	underWay := 0
	crowded := len(f.kept) >= maxKept
	for url, e := range f.kept {
		switch {
		case !e.ended():
			underWay++
		case !now.Before(e.until), crowded && e.err != nil:
			delete(f.kept, url)
		}
	}
	if underWay >= maxUnderWay {
		return unavailable(fmt.Errorf("%d other fetches are under way", underWay))
	}
	if len(f.kept) >= maxKept {
		return unavailable(fmt.Errorf("%d others are kept", len(f.kept)))
	}
	return nil
}

// fetch fills in the result.
func (f *Fetcher) fetch(ctx context.Context, url string, e *fetched) {
	defer close(e.done)
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	e.cert, e.err = f.ask(ctx, url)
	e.until = f.now().Add(keepCertificate)
	if e.err != nil {
		e.until = f.now().Add(keepFailure)
	}
}

func (f *Fetcher) ask(ctx context.Context, url string) (*x509.Certificate, error) {
	got, err := get(ctx, f.transport, url, maxCertificate)
	switch _, long := errors.AsType[tooLongError](err); {
	case long:
		return nil, refuse(ReasonCertificate, "signing certificate: "+err.Error())
	case err != nil:
		return nil, unavailable(err)
	case got.status >= http.StatusInternalServerError, got.status == http.StatusTooManyRequests:
		return nil, unavailable(fmt.Errorf("status %d", got.status))
	case got.status != http.StatusOK:
		return nil, refuse(ReasonCertificate, fmt.Sprintf("signing certificate: status %d, only 200 is taken and no redirect is followed", got.status))
	}
	cert, err := parseCertificate(got.body)
	if err != nil {
		return nil, refuse(ReasonCertificate, "signing certificate: "+err.Error())
	}
	return cert, nil
}

func unavailable(err error) error {
	return refuse(ReasonUnavailable, "signing certificate: could not be fetched: "+err.Error())
}
