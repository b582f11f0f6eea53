// Package credentials is the function that an upload client asks in mid-upload,
// when its own credentials have expired: POST /v1/uploads/{videoId}/credentials,
// with a ticket for the video or an API token.
//
// It may import core, events/secret, functions/bearer, functions/problem and
// net/http.
package credentials

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/functions/bearer"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// Path is the route, with the video in it.
const Path = "/v1/uploads/{videoId}/credentials"

// Config is what the handler is made of.
type Config struct {
	Issuer  *upload.Issuer
	Tickets *upload.Tickets // nil: no ticket is good
	Tokens  bearer.Tokens   // of servers, which may ask for every video
	Origins []string        // of the pages that may ask, such as https://www.example.com
	Log     *slog.Logger
}

// Handler answers requests at [Path] with the platform's own answer, or with
// ?view=decoded what it says. An API token stands for scope upload, unless
// ?overwrite=true asks for more; a ticket has its own scope. Nothing of an answer
// is to be stored by anybody.
func Handler(cfg Config) http.Handler {
	return cfg.crossOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			w.Header().Set("Allow", methods)
			problem.Write(w, http.StatusMethodNotAllowed, "allowed here: "+methods)
			return
		}
		given, view, err := cfg.refresh(r)
		var body []byte
		if err == nil {
			body, err = view(given)
		}
		if r.Context().Err() != nil {
			return // nobody listens
		}
		if err != nil {
			status := refuse(w, err)
			video := r.PathValue("videoId") // of anybody, and of any length
			video = video[:min(len(video), core.MaxMediaID)]
			cfg.Log.InfoContext(r.Context(), "credentials refused", "video_id", video, "status", status, "error", err)
			return
		}
		cfg.Log.InfoContext(r.Context(), "credentials given", "video_id", given.VideoID, "request_id", given.RequestID)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		_, _ = w.Write(body) // the connection is gone if this fails
	}))
}

// refresh asks for what the request may have.
func (c Config) refresh(r *http.Request) (given upload.Credentials, as view, err error) {
	pass, err := c.authorise(r)
	if err != nil {
		return given, nil, err
	}
	as, err = viewOf(r.URL.Query())
	if err != nil {
		return given, nil, err
	}
	given, err = c.Issuer.Refresh(r.Context(), r.PathValue("videoId"), pass)
	return given, as, err
}

// authorise says what the request may have, before anybody else is asked.
func (c Config) authorise(r *http.Request) (upload.Pass, error) {
	token := bearer.Given(r)
	switch {
	case token == "":
		return upload.Pass{}, core.Errorf(core.Unauthenticated, "a ticket or an API token is required: Authorization: Bearer <ticket>")
	case c.Tokens.Has(token):
		overwrite, err := overwriteOf(r.URL.Query())
		if overwrite {
			return upload.Pass{Any: true, Scope: upload.ScopeOverwrite}, err
		}
		return upload.Pass{Any: true, Scope: upload.ScopeUpload}, err
	case c.Tickets == nil:
		return upload.Pass{}, core.Errorf(core.Unauthenticated, "the API token is not known, and no UPLOAD_TICKET_KEYS are configured for tickets")
	}
	pass, err := c.Tickets.Verify(token)
	if err != nil {
		return upload.Pass{}, err
	}
	overwrite, err := overwriteOf(r.URL.Query())
	if overwrite && pass.Scope != upload.ScopeOverwrite {
		err = core.Errorf(core.Forbidden, "overwrite=true is for API tokens: a ticket needs scope overwrite")
	}
	return pass, err
}

// refuse answers with an error, and returns its status.
func refuse(w http.ResponseWriter, err error) int {
	switch {
	case core.KindOf(err) == core.Unauthenticated && problem.Status(err) == http.StatusUnauthorized:
		bearer.Refuse(w, err.Error())
		return http.StatusUnauthorized
	case errors.Is(err, context.DeadlineExceeded):
		w.Header().Set("Retry-After", "1")
		problem.Write(w, http.StatusGatewayTimeout, err.Error())
		return http.StatusGatewayTimeout
	}
	problem.Error(w, err)
	return problem.Status(err)
}
