package requesttest

import (
	"net/http"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// messages are the callbacks of Huawei's by MFS, whose signatures cover the body
// to the byte.
func messages(now time.Time) (all []Case) {
	const path = "/callbacks/huawei"
	add := func(name string, header []Field, body string, w Want) {
		all = append(all, Case{name, config.Callback, Request{http.MethodPost, path, "", header, []byte(body)}, w})
	}
	signed := func(key, body string) []Field {
		return fields(huawei.SignMFS(secret.New(key), now, body), huawei.HeaderTimestamp, huawei.HeaderSign)
	}
	ignored := Want{Status: http.StatusOK, Body: `{"verdict":"ignored","reason":"*"}`}
	refused := Want{Status: http.StatusForbidden, Header: map[string]string{"Content-Type": problemJSON}, Body: `*"status":403,*`}

	const plain = `{"event_type":"subtitleComplete"}`
	const text = `{"event_type":"subtitleComplete","title":"a"}`
	const blank = `{"event_type":"subtitleComplete","title":" "}`
	const odd = "\r\n {\"event_type\": \"subtitleComplete\",\t\"title\": \"обложка é \u2028 😀\"}\n\n"
	const binary = "{\"event_type\":\"subtitleComplete\",\"title\":\"\xff\xfe\xc3\"}"
	add("of Huawei", signed(MFSKey, plain), plain, ignored)
	add("of Huawei, with line breaks and text that is not ASCII", signed(MFSKey, odd), odd, ignored)
	add("of Huawei, with bytes that are no text", signed(MFSKey, binary), binary, ignored)
	add("of Huawei, again", signed(MFSKey, plain), plain, Want{Status: http.StatusOK, Body: `{"verdict":"replayed"}`})
	add("of Huawei, names in title case", respelt(signed(MFSKey, text), "Auth_Timestamp", "Auth_Sign"), text, ignored)
	add("of Huawei, names in upper case", respelt(signed(MFSKey, blank), "AUTH_TIMESTAMP", "AUTH_SIGN"), blank, ignored)
	add("of Huawei, by a wrong key", signed("NotTheKey", plain), plain, refused)
	add("of Huawei, another body", signed(MFSKey, plain), odd, refused)
	add("of Huawei, unsigned", nil, plain, refused)
	return all
}
