package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// event is a request as a built-in runtime is given it: one value a name, those
// that are repeated joined, and no order of the query.
//
// Source: Function Compute, "HTTP trigger: invoke a function", version v1.
type event struct {
	Version         string            `json:"version"`
	RawPath         string            `json:"rawPath"`
	Headers         map[string]string `json:"headers"`
	QueryParameters map[string]string `json:"queryParameters"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	RequestContext  requestContext    `json:"requestContext"`
}

type requestContext struct {
	AccountID    string `json:"accountId"`
	DomainName   string `json:"domainName"`
	DomainPrefix string `json:"domainPrefix"`
	RequestID    string `json:"requestId"`
	Time         string `json:"time"`
	TimeEpoch    string `json:"timeEpoch"` // milliseconds, as a text
	HTTP         struct {
		Method    string `json:"method"`
		Path      string `json:"path"`
		Protocol  string `json:"protocol"`
		SourceIP  string `json:"sourceIp"`
		UserAgent string `json:"userAgent"`
	} `json:"http"`
}

// newEvent makes the event of a request that came through the proxy of s local
// start, which writes null where there is no query.
func (i image) newEvent(r *http.Request, body []byte) event {
	e := event{
		Version: "v1", RawPath: r.Header.Get("X-Fc-Http-Path"),
		Headers: map[string]string{"Host": r.Host}, QueryParameters: map[string]string{},
	}
	if r.URL.RawQuery != "null" {
		for name, values := range r.URL.Query() {
			e.QueryParameters[name] = strings.Join(values, ",")
		}
	}
	for name, values := range r.Header {
		if !strings.HasPrefix(name, "X-Fc-") {
			e.Headers[name] = strings.Join(values, ",")
		}
	}
	if e.Body = string(body); !utf8.Valid(body) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	now := clock.System{}.Now().UTC()
	c := &e.RequestContext
	c.AccountID, c.DomainName = i.variable("FC_ACCOUNT_ID", ""), r.Host
	c.DomainPrefix, _, _ = strings.Cut(r.Host, ".")
	c.RequestID, c.Time, c.TimeEpoch = "local", now.Format(time.RFC3339), strconv.FormatInt(now.UnixMilli(), 10)
	c.HTTP.Method, c.HTTP.Path, c.HTTP.Protocol = r.Method, e.RawPath, r.Proto
	c.HTTP.SourceIP, c.HTTP.UserAgent = "127.0.0.1", r.UserAgent()
	return e
}

// answer writes what a function says the answer is. What has no statusCode is
// the body itself.
func answer(w http.ResponseWriter, payload []byte) {
	var a struct {
		StatusCode      int               `json:"statusCode"`
		Headers         map[string]string `json:"headers"`
		IsBase64Encoded bool              `json:"isBase64Encoded"`
		Body            string            `json:"body"`
	}
	if json.Unmarshal(payload, &a) != nil || a.StatusCode == 0 {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(payload)
		return
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(a.Body)
		if err != nil {
			http.Error(w, "the function's body is no Base64", http.StatusBadGateway)
			return
		}
		body = decoded
	}
	for name, value := range a.Headers {
		w.Header().Set(name, value)
	}
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(body)
}
