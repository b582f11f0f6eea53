package main

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// watch stands before the emulators and notes which permissions a function would
// have needed.
type watch struct {
	mu     sync.Mutex
	needed map[string]bool
}

// before is a handler that hands everything on to an emulator.
func (w *watch) before(e *emulator) (http.Handler, error) {
	to, err := url.Parse(e.url)
	if err != nil {
		return nil, err
	}
	next := httputil.NewSingleHostReverseProxy(to)
	return http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		w.note(e.service, r.Header.Get("X-Amz-Target"))
		next.ServeHTTP(answer, r)
	}), nil
}

// note keeps the permission for a call. SQS has none of its own for batches.
func (w *watch) note(service, target string) {
	_, action, _ := strings.Cut(target, ".")
	if service == "sqs" {
		action = strings.TrimSuffix(action, "Batch")
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.needed == nil {
		w.needed = map[string]bool{}
	}
	w.needed[service+":"+action] = true
}

// take returns what was noted since the last time.
func (w *watch) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := slices.Sorted(maps.Keys(w.needed))
	clear(w.needed)
	return all
}

// permitted is an error if a function has just done what its role does not allow.
func (s *stage) permitted(function string) error {
	allowed := s.template.Actions(function)
	for _, action := range s.watch.take() {
		if !slices.Contains(allowed, action) {
			return fmt.Errorf("%s needs %s, and its role allows %v", function, action, allowed)
		}
	}
	return nil
}
