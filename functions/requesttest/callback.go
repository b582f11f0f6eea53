package requesttest

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// Transcoded is the body of a callback that leads to a refresh of a media.
func Transcoded(media string) []byte {
	return []byte(`{"EventType":"TranscodeComplete","EventTime":"2026-03-20T07:49:17Z","Status":"success","VideoId":"` + media +
		`","StreamInfos":[{"Status":"success","Definition":"SD","Format":"m3u8"}]}`)
}

// Signed is the header of a callback of Alibaba's at a time.
func Signed(key string, at time.Time) []Field {
	return fields(aliyun.Sign(CallbackURL, secret.New(key), at), aliyun.HeaderTimestamp, aliyun.HeaderSignature)
}

// fields are some lines of a header, in order and spelt as they are named.
func fields(header http.Header, names ...string) []Field {
	all := make([]Field, len(names))
	for i, name := range names {
		all[i] = Field{name, header.Get(name)}
	}
	return all
}

// respelt is a header with other names for its lines, in their order.
func respelt(lines []Field, names ...string) []Field {
	all := slices.Clone(lines)
	for i, name := range names {
		all[i].Name = name
	}
	return all
}

// callbacks are those of Alibaba's.
func callbacks(now time.Time) (all []Case) {
	const path = "/callbacks/aliyun"
	signed := Signed(CallbackKey, now)
	wrong := Signed("NotTheKey", now)
	add := func(name string, header []Field, body []byte, w Want) {
		all = append(all, Case{name, config.Callback, Request{http.MethodPost, path, "", header, body}, w})
	}
	refreshed := Want{Status: http.StatusOK, Header: map[string]string{
		"Content-Type": plainJSON,
	}, Body: `{"verdict":"refreshed","job_id":"*"}`}
	refused := Want{Status: http.StatusForbidden, Header: map[string]string{
		"Content-Type": problemJSON, "Cache-Control": "no-store",
	}, Body: `*"status":403,*`}
	malformed := Want{Status: http.StatusBadRequest, Header: map[string]string{"Content-Type": problemJSON}, Body: `*"status":400,*`}

	add("transcoded", signed, Transcoded("media-1"), refreshed)
	add("a key that is being rotated", Signed(FormerKey, now), Transcoded("media-2"), refreshed)
	add("names in lower case", respelt(signed, "x-vod-timestamp", "x-vod-signature"), Transcoded("media-3"), refreshed)
	add("names in odd case", respelt(signed, "x-VOD-timeStamp", "X-vod-SIGNATURE"), Transcoded("media-4"), refreshed)
	add("more headers", append([]Field{
		{"Cookie", "session=1; theme=dark"},
		{"Content-Type", "application/json; charset=utf-8"},
		{"User-Agent", "made-up/1.0 (like, this)"},
		{"X-Forwarded-For", "192.0.2.1, 192.0.2.2"},
		{"Accept", "*/*"},
	}, signed...), Transcoded("media-5"), refreshed)
	const odd = `{"EventType":"TranscodeComplete","Status":"success","VideoId":"media-6","Extend":"обложка é \u0000 😀"}`
	add("text that is not ASCII", signed, []byte(odd), refreshed)
	add("bytes that are no text", signed, append(Transcoded("media-7"), "\xff\xfe\x00"...), malformed)
	add("a media that is not there", signed, Transcoded("missing-1"), Want{Status: http.StatusOK, Body: `{"verdict":"not_found"}`})
	add("a media of others", signed, Transcoded("forbidden-1"), Want{Status: http.StatusOK, Body: `{"verdict":"forbidden"}`})
	add("nothing to do", signed, []byte(`{"EventType":"AIVideoTagComplete","Status":"success","MediaId":"media-8"}`), Want{
		Status: http.StatusOK, Header: map[string]string{"Content-Type": plainJSON}, Body: `{"verdict":"ignored","reason":"*"}`,
	})

	add("no signature", nil, Transcoded("media-9"), refused)
	add("a wrong key", wrong, Transcoded("media-9"), refused)
	add("a signature without a time", signed[1:], Transcoded("media-9"), refused)
	add("two signatures, the last one wrong", append(slices.Clone(signed), wrong[1]), Transcoded("media-9"), refused)
	add("too old", Signed(CallbackKey, now.Add(-aliyun.Window-time.Minute)), Transcoded("media-9"), refused)
	add("ahead of time", Signed(CallbackKey, now.Add(aliyun.Window+time.Minute)), Transcoded("media-9"), refused)

	add("no body", signed, nil, malformed)
	add("no JSON", signed, []byte("EventType=TranscodeComplete"), malformed)
	add("compressed", signed, []byte("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff\xabV*.)\xca\xccKW\xb2\x02\x00"), malformed)
	add("too large", signed, []byte(`{"EventType":"`+strings.Repeat("x", 256<<10)+`"}`), Want{
		Status: http.StatusRequestEntityTooLarge, Header: map[string]string{"Content-Type": problemJSON}, Body: "*at most 262144 bytes*",
	})
	add("as large as may be", signed, padded(Transcoded("media-10"), 256<<10), refreshed)

	for i, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		all = append(all, Case{"by " + method, config.Callback, Request{method, path, "", signed, Transcoded("media-11")}, Want{
			Status: http.StatusMethodNotAllowed, Header: map[string]string{"Allow": "POST", "Content-Type": problemJSON},
			Body: "*allowed here: POST*",
		}})
		query := []string{"tenant=7", "a=1&a=2", "x=%2F%20+", "empty="}[i]
		all = append(all, Case{"with ?" + query, config.Callback, Request{http.MethodPost, path, query, signed, Transcoded("media-12")}, refreshed})
	}
	return all
}

// padded is JSON with blanks at its end, so that it has so many bytes.
func padded(body []byte, size int) []byte {
	return append(body, []byte(strings.Repeat(" ", size-len(body)))...)
}
