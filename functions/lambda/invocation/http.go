package invocation

import (
	"context"
	"net/http"

	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// serve answers an HTTP request. An event whose request cannot be restored is
// answered too: a function's error would become a status that says nothing.
func (h *Handler) serve(ctx context.Context, wrapped *envelope.HTTP) ([]byte, error) {
	request, err := wrapped.Request(ctx)
	if err != nil {
		refusal := wrapped.Answer()
		problem.Error(refusal, err)
		return encode(refusal.Envelope())
	}
	answer, finished := within(ctx, func() (answer *envelope.Answer) {
		defer func() {
			if p := recover(); p != nil {
				answer = wrapped.Answer()
				problem.Error(answer, h.panicked(ctx, p))
			}
		}()
		answer = wrapped.Answer()
		h.cfg.HTTP.ServeHTTP(answer, request)
		return answer
	})
	if !finished {
		answer = h.late(ctx, wrapped, request)
	}
	return encode(answer.Envelope())
}

// late answers a request for which no time is left; what was begun goes on while
// the process does. Whoever sends callbacks sends them again.
func (h *Handler) late(ctx context.Context, wrapped *envelope.HTTP, request *http.Request) *envelope.Answer {
	h.cfg.Log.WarnContext(ctx, "no time is left for a request: give the function a longer time-out", "path", request.URL.Path)
	answer := wrapped.Answer()
	answer.Header().Set("Retry-After", "1")
	problem.Write(answer, http.StatusServiceUnavailable, "no time is left, send it again")
	return answer
}
