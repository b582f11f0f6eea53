package requesttest

import (
	"net/http"
	"strings"

	"github.com/vodrefresh/vodrefresh/functions/config"
)

// refreshes are requests of POST /v1/refresh.
func refreshes() (all []Case) {
	add := func(name string, header []Field, body string, w Want) {
		all = append(all, Case{name, config.Refresh, Request{http.MethodPost, "/v1/refresh", "", header, []byte(body)}, w})
	}
	ok := func(body string) Want {
		return Want{Status: http.StatusOK, Header: map[string]string{
			"Content-Type": plainJSON, "Cache-Control": "no-store", "Preference-Applied": "",
		}, Body: body}
	}
	refused := func(detail string) Want {
		return Want{Status: http.StatusUnauthorized, Header: map[string]string{
			"Content-Type": problemJSON, "WWW-Authenticate": `Bearer realm="vodrefresh"`,
		}, Body: "*" + detail + "*"}
	}
	wrong := func(body string) Want {
		return Want{Status: http.StatusBadRequest, Header: map[string]string{"Content-Type": problemJSON}, Body: body}
	}
	const one = `{"MediaIds":"media-1"}`
	const done = `{"results":[{"id":"media-1","outcome":"refreshed","job_id":"*","error":""}]}`

	add("with a token", token(), one, ok(done))
	add("scheme in lower case", []Field{{"authorization", "bearer " + Token}}, one, ok(done))
	add("without a token", nil, one, refused("an API token is required"))
	add("with a token that is not known", []Field{{"Authorization", "Bearer not-" + Token}}, one, refused("the API token is not known"))
	add("with a password", []Field{{"Authorization", "Basic dTpw"}}, one, refused("an API token is required"))
	add("with two tokens, the last one wrong", append(token(), Field{"Authorization", "Bearer not-" + Token}), one, refused("API token"))

	add("who would wait", append(token(), Field{"Prefer", "wait=20"}), one, ok(done))
	twoLines := []Field{{"Prefer", "respond-async"}, {"prefer", "handling=lenient, wait=1"}}
	add("who would wait, said in two lines", append(token(), twoLines...), one, ok(done))
	add("several", token(), `{"MediaIds":["media-1","missing-1","forbidden-1"],"ResultType":"Single"}`, ok(
		`{"results":[{"id":"media-1","outcome":"refreshed","job_id":"*","error":""},`+
			`{"id":"missing-1","outcome":"not_found","job_id":"","error":""},{"id":"forbidden-1","outcome":"forbidden","job_id":"","error":""}]}`))
	add("a dry run", token(), `{"MediaIds":"media-1,media-2","dryRun":true}`, ok(`{"results":[],"dry_run":true,"cost":{*}}`))
	add("nothing", token(), `{}`, wrong(`*"errors":[{"field":"MediaIds"*`))
	add("no JSON", token(), `MediaIds=media-1`, wrong(`*"status":400*`))
	add("no body", token(), ``, wrong(`*"status":400*`))
	add("bytes that are no text", token(), "\xff\xfe{}", wrong(`*"status":400*`))
	add("too large", token(), `{"MediaIds":"`+strings.Repeat("x", 4<<20)+`"}`, Want{
		Status: http.StatusRequestEntityTooLarge, Header: map[string]string{"Content-Type": problemJSON}, Body: "*at most 4194304 bytes*",
	})
	all = append(all, Case{"by GET", config.Refresh, Request{http.MethodGet, "/v1/refresh", "", token(), nil}, Want{
		Status: http.StatusMethodNotAllowed, Header: map[string]string{"Allow": "POST"}, Body: "*allowed here: POST*",
	}})
	return all
}

// status are the questions that the same function answers.
func status() (all []Case) {
	add := func(name, target string, header []Field, w Want) {
		path, query, _ := strings.Cut(target, "?")
		all = append(all, Case{name, config.Refresh, Request{http.MethodGet, path, query, header, nil}, w})
	}
	const noQueue = `*"status":404,"detail":"*there are no dead letters without a queue*`
	amount := func(value string) Want {
		return Want{Status: http.StatusBadRequest, Body: `*"errors":[{"field":"most","value":"` + value + `",*`}
	}
	add("jobs", "/v1/jobs", token(), Want{Status: http.StatusOK, Header: map[string]string{"Content-Type": plainJSON}, Body: `{"jobs":[*]}`})
	add("jobs, with a query", "/v1/jobs?provider=aliyun&a=1&a=2&empty=&x", token(), Want{Status: http.StatusOK, Body: `{"jobs":[*]}`})
	add("jobs without a token", "/v1/jobs", nil, Want{Status: http.StatusUnauthorized, Body: "*an API token is required*"})
	add("a job that is not there", "/v1/jobs/aliyun/nothing-of-that-name", token(), Want{Status: http.StatusNotFound, Body: `*"status":404*`})
	add("a job of nobody", "/v1/jobs/n%C3%B6one/1", token(), Want{Status: http.StatusNotFound, Body: `*provider \"nöone\" is not set up*`})
	add("quota", "/v1/quota", token(), Want{
		Status: http.StatusOK, Header: map[string]string{"Content-Type": plainJSON}, Body: `{"quotas":[*"provider":"aliyun"*],"waiting":[]}`,
	})
	add("quota without a token", "/v1/quota", nil, Want{Status: http.StatusUnauthorized, Body: "*an API token is required*"})
	add("dead letters", "/v1/dead?most=5", token(), Want{Status: http.StatusNotFound, Body: noQueue})
	add("too few dead letters", "/v1/dead?most=0", token(), amount("0"))
	add("a query that is encoded", "/v1/dead?most=%35%20%2B%26%3D%25", token(), amount("5 +&=%"))
	add("a query with a plus sign", "/v1/dead?x=1&most=5+5", token(), amount("5 5"))
	add("a query that is not ASCII", "/v1/dead?most=%D0%B6%C3%A9", token(), amount("жé"))
	return all
}
