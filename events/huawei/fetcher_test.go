package huawei_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
)

// certURL is one that a verifier would let pass.
func certURL(n int) string { return huawei.CertificateURL(region, fmt.Sprintf("%032x", n)) }

// hanging answers when it is released, or not at all.
func hanging(release <-chan struct{}, status int, text []byte) *site {
	s := serving(status, text)
	answer := s.answer
	s.answer = func(r *http.Request) (*http.Response, error) {
		select {
		case <-release:
			return answer(r)
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	return s
}

func TestFetcherJudges(t *testing.T) {
	t.Parallel()
	good := certificate(t, smnKey())
	der, _ := pem.Decode(good)
	padded := append(bytes.Clone(good), bytes.Repeat([]byte("\n"), 128<<10-len(good))...)
	for name, test := range map[string]struct {
		status int
		text   []byte
		want   huawei.Reason
	}{
		"a certificate":               {200, good, ""},
		"a chain":                     {200, append(bytes.Clone(good), certificate(t, otherKey())...), ""},
		"as long as is allowed":       {200, padded, ""},
		"one byte more":               {200, append(bytes.Clone(padded), '\n'), huawei.ReasonCertificate},
		"nothing":                     {200, nil, huawei.ReasonCertificate},
		"a page":                      {200, []byte("<html>"), huawei.ReasonCertificate},
		"not PEM":                     {200, der.Bytes, huawei.ReasonCertificate},
		"a key":                       {200, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&smnKey().PublicKey)}), huawei.ReasonCertificate},
		"PEM of something else":       {200, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), huawei.ReasonCertificate},
		"a short key":                 {200, certificate(t, shortKey()), huawei.ReasonCertificate},
		"not RSA":                     {200, certificate(t, curvedKey()), huawei.ReasonCertificate},
		"a redirect":                  {302, good, huawei.ReasonCertificate},
		"another redirect":            {308, good, huawei.ReasonCertificate},
		"created":                     {201, good, huawei.ReasonCertificate},
		"not found":                   {404, good, huawei.ReasonCertificate},
		"throttled":                   {429, good, huawei.ReasonUnavailable},
		"out of order":                {500, good, huawei.ReasonUnavailable},
		"a gateway that waits vainly": {504, good, huawei.ReasonUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := moved(test.status, test.text)
			f := huawei.NewFetcher(s, signed)
			for range 2 { // what failed is kept too
				cert, err := f.Certificate(t.Context(), certURL(1))
				if test.want == "" && (err != nil || !smnKey().PublicKey.Equal(cert.PublicKey)) {
					t.Fatalf("certificate %v, error %v", cert, err)
				}
				if test.want != "" {
					wantReason(t, err, test.want)
				}
			}
			if n := s.requests.Load(); n != 1 {
				t.Errorf("%d requests, want one", n)
			}
		})
	}
}

// moved names a place to go to in every answer.
func moved(status int, text []byte) *site {
	return &site{answer: func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Location": {"https://evil.example.com/"}}, Body: io.NopCloser(bytes.NewReader(text)),
		}, nil
	}}
}

func TestFetcherFails(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"no connection": func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") },
		"a body that breaks off": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.MultiReader(strings.NewReader("-----BEGIN"), broken{}))}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := huawei.NewFetcher(&site{answer: answer}, signed).Certificate(t.Context(), certURL(1))
			wantReason(t, err, huawei.ReasonUnavailable)
		})
	}
	_, err := huawei.NewFetcher(serving(200, nil), signed).Certificate(t.Context(), "https://a b\x7f/")
	wantReason(t, err, huawei.ReasonUnavailable)
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestFetcherSendsNothing(t *testing.T) {
	t.Parallel()
	s := serving(http.StatusOK, certificate(t, smnKey()))
	answer := s.answer
	s.answer = func(r *http.Request) (*http.Response, error) {
		if r.Method != http.MethodGet || r.URL.String() != certURL(1) || r.Body != nil || len(r.Header) != 0 {
			t.Errorf("request %s %s with headers %v", r.Method, r.URL, r.Header)
		}
		return answer(r)
	}
	if _, err := huawei.NewFetcher(s, signed).Certificate(t.Context(), certURL(1)); err != nil {
		t.Fatal(err)
	}
}

func TestFetcherKeeps(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		keep   time.Duration
	}{
		"a certificate for a day":     {http.StatusOK, 24 * time.Hour},
		"a failure for half a minute": {http.StatusBadGateway, 30 * time.Second},
		"a refusal for half a minute": {http.StatusNotFound, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := serving(test.status, certificate(t, smnKey()))
				f := huawei.NewFetcher(s, time.Now)
				ask := func(want int32) {
					t.Helper()
					_, err := f.Certificate(t.Context(), certURL(1))
					if (err == nil) != (test.status == http.StatusOK) {
						t.Errorf("error %v", err)
					}
					if n := s.requests.Load(); n != want {
						t.Errorf("%d requests, want %d", n, want)
					}
				}
				ask(1)
				time.Sleep(test.keep - time.Nanosecond)
				ask(1)
				time.Sleep(time.Nanosecond)
				ask(2)
			})
		})
	}
}

func TestFetcherWaitsTwoSeconds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := huawei.NewFetcher(hanging(nil, 0, nil), time.Now)
		start := time.Now()
		_, err := f.Certificate(t.Context(), certURL(1))
		wantReason(t, err, huawei.ReasonUnavailable)
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v, want 2s", took)
		}
	})
}

// Whoever asks for the same waits for the same fetch, and one that hangs up
// fails nobody else.
func TestFetcherShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		s := hanging(release, http.StatusOK, certificate(t, smnKey()))
		f := huawei.NewFetcher(s, time.Now)
		first, hangUp := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		waiting.Go(func() {
			_, err := f.Certificate(first, certURL(1))
			wantReason(t, err, huawei.ReasonUnavailable)
		})
		synctest.Wait()
		for range 10 {
			waiting.Go(func() {
				if _, err := f.Certificate(t.Context(), certURL(1)); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		hangUp()
		synctest.Wait()
		close(release)
		waiting.Wait()
		if n := s.requests.Load(); n != 1 {
			t.Errorf("%d requests, want one", n)
		}
	})
}

// A forger who makes up IDs causes four requests at a time, and no more.
func TestFetcherBoundsRequests(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := hanging(nil, 0, nil)
		f := huawei.NewFetcher(s, time.Now)
		start := time.Now()
		var waiting sync.WaitGroup
		for i := range 20 {
			waiting.Go(func() {
				_, err := f.Certificate(t.Context(), certURL(i))
				wantReason(t, err, huawei.ReasonUnavailable)
			})
		}
		waiting.Wait()
		if n := s.requests.Load(); n != 4 || time.Since(start) != 2*time.Second {
			t.Errorf("%d requests in %v, want four in 2s", n, time.Since(start))
		}
	})
}

// Made-up IDs do not fill the memory, nor drive out what is good.
func TestFetcherBoundsMemory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := serving(http.StatusOK, certificate(t, smnKey()))
		answer := s.answer
		s.answer = func(r *http.Request) (*http.Response, error) {
			if r.URL.String() == certURL(0) {
				return answer(r)
			}
			return &http.Response{StatusCode: http.StatusNotFound, Body: http.NoBody}, nil
		}
		f := huawei.NewFetcher(s, time.Now)
		for i := range 200 {
			if _, err := f.Certificate(t.Context(), certURL(i)); (err == nil) != (i == 0) {
				t.Errorf("ID %d: error %v", i, err)
			}
		}
		if _, err := f.Certificate(t.Context(), certURL(0)); err != nil || s.requests.Load() != 200 {
			t.Errorf("error %v, %d requests: the good one was asked for again", err, s.requests.Load())
		}
		if _, err := f.Certificate(t.Context(), certURL(1)); err == nil || s.requests.Load() != 201 {
			t.Errorf("error %v, %d requests: what failed first is still kept", err, s.requests.Load())
		}
	})
}

// So many good ones do not exist; if they did, they would not be dropped.
func TestFetcherFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := huawei.NewFetcher(serving(http.StatusOK, certificate(t, smnKey())), time.Now)
		for i := range 65 {
			_, err := f.Certificate(t.Context(), certURL(i))
			if i < 64 && err != nil {
				t.Fatal(err)
			}
			if i == 64 {
				wantReason(t, err, huawei.ReasonUnavailable)
			}
		}
		time.Sleep(24 * time.Hour)
		if _, err := f.Certificate(t.Context(), certURL(64)); err != nil {
			t.Errorf("after a day: %v", err)
		}
	})
}

// Without a transport the fetcher has one of its own, which passes a proxy by.
func TestFetcherGoesStraight(t *testing.T) {
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	defer proxy.Close()
	t.Setenv("HTTP_PROXY", proxy.URL)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(certificate(t, smnKey()))
	}))
	defer server.Close()
	if _, err := huawei.NewFetcher(nil, time.Now).Certificate(t.Context(), server.URL); err != nil {
		t.Error(err)
	}
}
