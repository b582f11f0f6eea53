package requesttest

import (
	"net/http"
	"slices"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/vodrefresh/vodrefresh/functions/config"
)

// Ticket is the header of an upload client that has a ticket for a video, good
// for an hour from a time.
func Ticket(video string, from time.Time) []Field {
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": video, "exp": from.Add(time.Hour).Unix(), "scope": "upload",
	}).SignedString([]byte(TicketKey))
	if err != nil {
		panic(err) // of a key that is there
	}
	return []Field{{"Authorization", "Bearer " + text}}
}

// uploads are requests for credentials.
func uploads(now time.Time) (all []Case) {
	path := func(video string) string { return "/v1/uploads/" + video + "/credentials" }
	add := func(name, method, video, query string, header []Field, w Want) {
		all = append(all, Case{name, config.Credentials, Request{method, path(video), query, header, []byte("{}")}, w})
	}
	page := func(lines ...Field) []Field { return append(lines, Field{"Origin", Origin}) }
	given := Want{Status: http.StatusOK, Header: map[string]string{
		"Content-Type": plainJSON, "Cache-Control": "no-store", "Vary": "Origin", "Access-Control-Allow-Origin": "",
	}, Body: `{*"UploadAuth"*}`}
	shown := Want{Status: http.StatusOK, Header: map[string]string{
		"Access-Control-Allow-Origin": Origin, "Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin",
	}, Body: `{*"UploadAuth"*}`}

	add("with a ticket", http.MethodPost, "uploading-1", "", Ticket("uploading-1", now), given)
	add("with a token", http.MethodPost, "uploading-2", "", token(), given)
	ticket, cookies := Ticket("uploading-3", now), []Field{{"Cookie", "a=1"}, {"cookie", "b=2"}}
	add("by a page", http.MethodPost, "uploading-3", "", page(ticket...), shown)
	add("by a page with cookies", http.MethodPost, "uploading-3", "", page(append(ticket, cookies...)...), shown)
	add("decoded", http.MethodPost, "uploading-4", "view=decoded", token(), Want{
		Status: http.StatusOK, Body: `{*"accessKeySecret":"*","securityToken":"*}`,
	})
	add("a view that there is not", http.MethodPost, "uploading-4", "view=de%63%6Fded%20", token(), Want{
		Status: http.StatusBadRequest, Body: `*"field":"view","value":"decoded "*`,
	})
	add("of a video that is not there", http.MethodPost, "missing-1", "", token(), Want{Status: http.StatusNotFound, Body: `*"status":404*`})
	add("by GET", http.MethodGet, "uploading-5", "", token(), Want{
		Status: http.StatusMethodNotAllowed, Header: map[string]string{"Allow": "POST, OPTIONS"}, Body: "*allowed here: POST, OPTIONS*",
	})
	return slices.Concat(all, refusedUploads(now), preflights())
}

// refusedUploads are requests for credentials that nobody may have.
func refusedUploads(now time.Time) (all []Case) {
	add := func(name, query string, header []Field, w Want) {
		r := Request{http.MethodPost, "/v1/uploads/uploading-5/credentials", query, header, []byte("{}")}
		all = append(all, Case{name, config.Credentials, r, w})
	}
	ticket := Ticket("uploading-5", now)
	unknown := Want{Status: http.StatusUnauthorized, Header: map[string]string{"WWW-Authenticate": "*"}, Body: `*"status":401*`}
	forbidden := Want{Status: http.StatusForbidden, Body: `*"status":403*`}
	add("without a ticket", "", nil, unknown)
	add("with a ticket that has run out", "", Ticket("uploading-5", now.Add(-2*time.Hour)), unknown)
	add("with two tickets, the last one wrong", "", append(slices.Clone(ticket), Field{"authorization", "Bearer nothing"}), unknown)
	add("with a ticket for another one", "", Ticket("uploading-6", now), forbidden)
	add("with a ticket, to overwrite", "overwrite=true", ticket, forbidden)
	return all
}

// preflights are what browsers ask before a page may.
func preflights() []Case {
	ask := func(name, origin string, w Want) Case {
		header := []Field{
			{"Origin", origin}, {"Access-Control-Request-Method", http.MethodPost}, {"Access-Control-Request-Headers", "authorization,content-type"},
		}
		return Case{name, config.Credentials, Request{http.MethodOptions, "/v1/uploads/uploading-5/credentials", "", header, nil}, w}
	}
	return []Case{
		ask("preflight", Origin, Want{Status: http.StatusNoContent, Header: map[string]string{
			"Access-Control-Allow-Origin": Origin, "Access-Control-Allow-Methods": http.MethodPost,
			"Access-Control-Allow-Headers": "Authorization, Content-Type", "Access-Control-Max-Age": "600",
			"Vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
		}}),
		ask("preflight of a page that may not", "https://evil.example.com", Want{
			Status: http.StatusForbidden, Header: map[string]string{"Access-Control-Allow-Origin": ""}, Body: "*not one of CORS_ORIGINS*",
		}),
	}
}
