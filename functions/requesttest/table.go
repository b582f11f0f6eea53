package requesttest

import (
	"net/http"
	"slices"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/config"
)

// Cases is the table, with requests that are signed at a time: callbacks hold
// for five minutes from then.
func Cases(now time.Time) []Case {
	return slices.Concat(callbacks(now), messages(now), refreshes(), status(), uploads(now), everywhere())
}

// Answers that several cases share.
const (
	nothingHere = `{"type":"about:blank","title":"Not Found","status":404,"detail":"there is nothing at this path"}`
	problemJSON = "application/problem+json"
	plainJSON   = "application/json"
)

// everywhere are the paths that every function has, or none.
func everywhere() (all []Case) {
	for _, function := range []config.Function{config.Callback, config.Refresh, config.Credentials} {
		add := func(name string, r Request, w Want) { all = append(all, Case{name, function, r, w}) }
		get := func(path string) Request { return Request{Method: http.MethodGet, Path: path} }
		add("health", get("/healthz"), Want{Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/plain*"}, Body: "ok"})
		add("health, head alone", Request{Method: http.MethodHead, Path: "/healthz"}, Want{Status: http.StatusOK})
		add("ready", get("/readyz"), Want{Status: http.StatusOK, Body: "ready"})
		add("health by a wrong method", Request{Method: http.MethodPost, Path: "/healthz"}, Want{
			Status: http.StatusMethodNotAllowed, Header: map[string]string{"Allow": "GET, HEAD"}, Body: "*allowed here: GET, HEAD*",
		})
		for _, path := range []string{"/", "/favicon.ico", "/callbacks/other", "/v1", "/healthz/more", "/%E4%B8%AD%20x"} {
			add("nothing at "+path, get(path), Want{Status: http.StatusNotFound, Header: map[string]string{"Content-Type": problemJSON}, Body: nothingHere})
		}
		paths := map[config.Function]string{
			config.Callback: "/callbacks/aliyun", config.Refresh: "/v1/refresh", config.Credentials: "/v1/uploads/uploading/credentials",
		}
		for other, path := range paths {
			if other != function {
				post := Request{Method: http.MethodPost, Path: path, Header: token()}
				add("the path of "+string(other), post, Want{Status: http.StatusNotFound, Body: nothingHere})
			}
		}
	}
	return all
}

// token is the header of those who may ask for everything.
func token() []Field { return []Field{{"Authorization", "Bearer " + Token}} }
