package custom

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// maxEvent is the most bytes that an event may have: what the platform lets
// through to a synchronous invocation.
const maxEvent = 32 << 20

// The control paths.
const (
	forRequest    = "/http-invoke" // of an HTTP trigger
	forEvent      = "/invoke"
	forInitialise = "/initialize"
	forPreStop    = "/pre-stop" // [?] the document does not name it
)

// Handler answers what comes to an instance. Outside Function Compute that is
// requests alone.
func Handler(i *instance.Instance, inside bool) http.Handler {
	if !inside {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			drop(r.Header)
			i.Handler.ServeHTTP(w, r)
		})
	}
	return handler{i}
}

type handler struct{ *instance.Instance }

// ServeHTTP tells the platform's requests from those of clients. One without a
// control path is a client's: the local tool sends requests so, and where nobody
// says that an event is one, it is none.
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := take(r.Header, h.Clock.Now())
	if v.control != "" { // else the platform has not touched the header
		h.Arrived(v.keys, v.deadline)
	}
	switch {
	case v.control == "" || v.control == forRequest:
		h.request(w, r, v)
	case v.control == forEvent && r.Method == http.MethodPost && r.URL.Path == forEvent:
		h.event(w, r, v)
	case v.control == forInitialise && r.URL.Path == forInitialise:
		h.mark("Initialize", v.id)("")
		finish(w, nil, nil)
	case v.control == forPreStop && r.URL.Path == forPreStop:
		done := h.mark("PreStop", v.id)
		err := h.Close()
		if err != nil {
			h.Log.WarnContext(r.Context(), "could not close queue and store", "error", err)
		}
		done("")
		finish(w, nil, nil)
	default:
		h.Log.WarnContext(r.Context(), "refused: control path and request do not belong together",
			"control_path", fmt.Sprintf("%.32q", v.control), "method", r.Method, "path", fmt.Sprintf("%.64q", r.URL.Path))
		w.Header().Set(headerStatus, failed)
		problem.Write(w, http.StatusNotFound, "there is nothing at this path")
	}
}

// request is for the instance's own handler. That it ran is success, whatever its
// answer is: that says so itself.
func (h handler) request(w http.ResponseWriter, r *http.Request, v invocation) {
	defer h.mark("Invoke", v.id)("")
	w.Header().Set(headerStatus, succeeded)
	h.Handler.ServeHTTP(w, r)
}

// event hands an event over and says what became of it.
func (h handler) event(w http.ResponseWriter, r *http.Request, v invocation) {
	done := h.mark("Invoke", v.id)
	result, err := h.handle(w, r, v)
	if err != nil {
		h.Log.ErrorContext(r.Context(), "event", "request_id", v.id, "error_kind", core.KindOf(err), "error", err)
		done(", Error: Unhandled function error")
	} else {
		done("")
	}
	finish(w, result, err)
}

func (h handler) handle(w http.ResponseWriter, r *http.Request, v invocation) (result instance.Result, err error) {
	payload, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	if err != nil {
		return result, core.Errorf(core.Invalid, "the event could not be read; it may have at most %d bytes", maxEvent)
	}
	e, err := envelope.Decode(payload)
	if err != nil {
		return result, err
	}
	ctx, cancel := v.within(r.Context())
	defer cancel()
	return h.Handle(ctx, e)
}

// The values of x-fc-status; they are those of the HTTP status, too.
const (
	succeeded = "200"
	failed    = "404"
)

// finish answers the platform.
func finish(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err == nil {
		w.Header().Set(headerStatus, succeeded)
		_ = json.NewEncoder(w).Encode(result) // the connection is gone if this fails
		return
	}
	w.Header().Set(headerStatus, failed)
	w.WriteHeader(http.StatusNotFound)
	_ = json.NewEncoder(w).Encode(struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}{err.Error(), string(core.KindOf(err))})
}

// mark writes the lines by which the platform tells one invocation's log from
// another's: the first now, the last when the function that it returns is called
// with what follows the ID.
func (h handler) mark(what, id string) (done func(suffix string)) {
	if id == "" { // of the local tool
		return func(string) {}
	}
	id = strings.Map(printable, id)
	_, _ = fmt.Fprintf(h.Out, "FC %s Start RequestId: %s\n", what, id)
	return func(suffix string) { _, _ = fmt.Fprintf(h.Out, "FC %s End RequestId: %s%s\n", what, id, suffix) }
}

// printable drops what could begin another line.
func printable(r rune) rune {
	if r <= ' ' || r > '~' {
		return -1
	}
	return r
}
