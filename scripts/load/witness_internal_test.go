package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

func noon() time.Time { return time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC) }

// answering is a platform that always says the same.
func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if status == 0 {
			panic(http.ErrAbortHandler)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// submit makes a submit call, as a client that does not mind a cut connection.
func submit(h http.Handler, media string) {
	defer func() { _ = recover() }()
	query := url.Values{"Action": {submitAction}, "MediaIds": {media}}
	r := httptest.NewRequest(http.MethodPost, "/?"+query.Encode(), nil)
	h.ServeHTTP(httptest.NewRecorder(), r)
}

func TestWitnessJudges(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status  int
		body    string
		verdict verdict
		media   []string
	}{
		"all of them":      {200, `{"RequestId":"r","MediaRefreshJobId":"j","NonExistMediaIds":"","ForbiddenMediaIds":""}`, accepted, []string{"a", "b", "c"}},
		"some do not":      {200, `{"RequestId":"r","MediaRefreshJobId":"j","NonExistMediaIds":"b","ForbiddenMediaIds":""}`, accepted, []string{"a", "c"}},
		"some may not":     {200, `{"RequestId":"r","MediaRefreshJobId":"j","NonExistMediaIds":"b","ForbiddenMediaIds":"c"}`, accepted, []string{"a"}},
		"none of them":     {200, `{"RequestId":"r","NonExistMediaIds":"a,b,c","ForbiddenMediaIds":""}`, accepted, nil},
		"too many calls":   {503, `{"RequestId":"r","Code":"Throttling"}`, throttled, nil},
		"throttled a user": {400, `{"RequestId":"r","Code":"Throttling.User"}`, throttled, nil},
		"down":             {503, `{"RequestId":"r","Code":"ServiceUnavailable"}`, refused, nil},
		"a page":           {200, `<html></html>`, refused, nil},
		"empty":            {200, ``, refused, nil},
		"no answer of its": {200, `{"hello":"you"}`, refused, nil},
		"a number as code": {502, `{"Code":502}`, refused, nil},
		"cut":              {0, ``, cut, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWitness(answering(test.status, test.body), clock.NewFake(noon()))
			submit(w, "a,b,c")
			got := w.submissions()
			if len(got) != 1 || got[0].Verdict != test.verdict || !slices.Equal(got[0].Media, test.media) {
				t.Errorf("submissions are %+v, want one that was %s with %q", got, test.verdict, test.media)
			}
			if sum := w.stats(); sum.calls() != 1 || sum.InFlight != 0 || sum.Media != len(test.media) {
				t.Errorf("stats are %+v, want one call and %d media", sum, len(test.media))
			}
		})
	}
}

func TestWitnessCounts(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(noon())
	w := newWitness(http.HandlerFunc(func(to http.ResponseWriter, r *http.Request) {
		_ = c.Sleep(r.Context(), time.Second)
		answering(200, `{"RequestId":"r","MediaRefreshJobId":"j"}`).ServeHTTP(to, r)
	}), c)
	for _, media := range []string{"a,b", "b,c", "b"} {
		submit(w, media)
	}
	w.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/?Action=GetVideoInfo", nil))
	want := stats{Accepted: 3, Media: 3, Twice: 1, First: noon(), Last: noon().Add(3 * time.Second)}
	if got := w.stats(); got != want {
		t.Errorf("stats are %+v, want %+v", got, want)
	}
}

func TestWitnessSeesCallsInFlight(t *testing.T) {
	t.Parallel()
	arrived, leave := make(chan struct{}), make(chan struct{})
	w := newWitness(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		close(arrived)
		<-leave
	}), clock.NewFake(noon()))
	ended := make(chan struct{})
	go func() {
		submit(w, "a")
		close(ended)
	}()
	<-arrived
	if got := w.stats(); got.InFlight != 1 || got.calls() != 0 {
		t.Errorf("stats are %+v, want one call in flight", got)
	}
	close(leave)
	<-ended
	if got := w.stats(); got.InFlight != 0 || got.calls() != 1 {
		t.Errorf("stats are %+v, want one call that ended", got)
	}
}
