package huawei_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Vectors for the documented rule: key test-key-1, message body, and the time
// stamp in either unit.
const (
	vectorKey     = "test-key-1"
	vectorMillis  = "bca5b7b5c33944a16bd7f4fdf89e278aa52bfcd4e3d00231ebdb98d0aa7f1fd4"
	vectorSeconds = "c97792bf37dd1b1700bb1b7a7445cad4c1b9ea4ea27422d6942d9c69417f5348"
	vectorUnix    = 1_700_000_000
)

func vectorTime() time.Time { return time.Unix(vectorUnix, 0).UTC() }

func vectorHeader() http.Header {
	return http.Header{"Auth_timestamp": {"1700000000000"}, "Auth_sign": {vectorMillis}}
}

func newMFS(tb testing.TB, keys ...string) *huawei.MFSVerifier {
	tb.Helper()
	v, err := huawei.NewMFSVerifier(secrets(keys...), time.Hour)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// quoted is a text as a JSON string.
func quoted(text string) string {
	data, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func TestSignMFSVector(t *testing.T) {
	t.Parallel()
	h := huawei.SignMFS(secret.New(vectorKey), vectorTime(), body)
	if got := h.Get(huawei.HeaderSign); got != vectorMillis {
		t.Errorf("signature is %q, want %q", got, vectorMillis)
	}
	if got := h.Get(huawei.HeaderTimestamp); got != "1700000000000" {
		t.Errorf("time stamp is %q, want 1700000000000", got)
	}
}

func TestMFSVectors(t *testing.T) {
	t.Parallel()
	v := newMFS(t, "another key", vectorKey)
	ids := map[string]bool{}
	for timestamp, signature := range map[string]string{"1700000000000": vectorMillis, "1700000000": vectorSeconds} {
		for form, sent := range map[string]string{
			"a text":    `{"message":` + quoted(body) + `,"other":{"asset_id":"x"}}`,
			"an object": "{ \"message\" : " + body + "\n}",
			"the body":  body,
		} {
			h := http.Header{"Auth_timestamp": {timestamp}, "Auth_sign": {signature}}
			m, err := v.Open(h, []byte(sent), vectorTime())
			if err != nil {
				t.Errorf("%s, %s: %v", timestamp, form, err)
				continue
			}
			if string(m.Body) != body || !m.Time.Equal(vectorTime()) || m.Time.Location() != time.UTC ||
				m.Channel != huawei.MFS || m.Sort != huawei.Notification || m.Topic != "" || !m.Subscribe.Empty() {
				t.Errorf("%s, %s: message %+v", timestamp, form, m)
			}
			ids[m.ID] = true
		}
	}
	// The unit is signed, the envelope is not: so two messages, not six.
	if len(ids) != 2 {
		t.Errorf("%d IDs: %v, want one for each time stamp", len(ids), ids)
	}
	for id := range ids {
		if !strings.HasPrefix(id, "mfs/") || len(id) != len("mfs/")+43 {
			t.Errorf("ID %q, want mfs/ and a hash", id)
		}
	}
}

// The content is signed as it is written, escapes of the envelope undone.
func TestMFSContent(t *testing.T) {
	t.Parallel()
	v := newMFS(t, "k")
	for name, test := range map[string]struct{ content, sent string }{
		"blanks in an object":       {`{ "event_type" : "cutComplete" }`, `{"message":{ "event_type" : "cutComplete" }}`},
		"blanks around the body":    {"\r\n{\"event_type\":\"cutComplete\"} ", "\r\n{\"event_type\":\"cutComplete\"} "},
		"an escaped text":           {`{"a":"é</é>"}`, `{"message":"{\"a\":\"\u00e9<\/\u00e9>\"}"}`},
		"escapes inside an object":  {`{"a":"\u00e9"}`, `{"message":{"a":"\u00e9"}}`},
		"template text":             {"An asset has been transcoded.", `{"message":"An asset has been transcoded."}`},
		"an empty text":             {"", `{"message":""}`},
		"a message within an event": {`{"event_type":"cutComplete","Message":"m"}`, `{"event_type":"cutComplete","Message":"m"}`},
		"the last of two messages":  {`{"b":2}`, `{"message":{"a":1},"message":{"b":2}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := v.Open(huawei.SignMFS(secret.New("k"), signed(), test.content), []byte(test.sent), signed())
			if err != nil {
				t.Fatal(err)
			}
			if string(m.Body) != test.content {
				t.Errorf("body %q, want %q", m.Body, test.content)
			}
		})
	}
}

func TestMFSRefuses(t *testing.T) {
	t.Parallel()
	v := newMFS(t, vectorKey)
	const stamp, sig = huawei.HeaderTimestamp, huawei.HeaderSign
	for name, test := range map[string]struct {
		header string
		values []string
		want   huawei.Reason
	}{
		"as it was sent":            {sig, []string{vectorMillis}, ""},
		"upper case":                {sig, []string{strings.ToUpper(vectorMillis)}, ""},
		"one wrong digit":           {sig, []string{"0" + vectorMillis[1:]}, huawei.ReasonMismatch},
		"all zero":                  {sig, []string{strings.Repeat("0", 64)}, huawei.ReasonMismatch},
		"that of another unit":      {sig, []string{vectorSeconds}, huawei.ReasonMismatch},
		"no signature":              {sig, nil, huawei.ReasonMissing},
		"an empty signature":        {sig, []string{""}, huawei.ReasonMissing},
		"a truncated signature":     {sig, []string{vectorMillis[:62]}, huawei.ReasonMalformed},
		"an extended signature":     {sig, []string{vectorMillis + "00"}, huawei.ReasonMalformed},
		"not hexadecimal":           {sig, []string{"g" + vectorMillis[1:]}, huawei.ReasonMalformed},
		"blanks around":             {sig, []string{" " + vectorMillis}, huawei.ReasonMalformed},
		"two signatures":            {sig, []string{vectorMillis, vectorMillis}, huawei.ReasonMalformed},
		"no time stamp":             {stamp, nil, huawei.ReasonMissing},
		"an empty time stamp":       {stamp, []string{""}, huawei.ReasonMissing},
		"nine digits":               {stamp, []string{"170000000"}, huawei.ReasonMalformed},
		"eleven digits":             {stamp, []string{"17000000000"}, huawei.ReasonMalformed},
		"microseconds":              {stamp, []string{"1700000000000000"}, huawei.ReasonMalformed},
		"a sign":                    {stamp, []string{"+700000000"}, huawei.ReasonMalformed},
		"an underscore":             {stamp, []string{"1_70000000"}, huawei.ReasonMalformed},
		"digits that are not ASCII": {stamp, []string{"１７０0"}, huawei.ReasonMalformed},
		"two time stamps":           {stamp, []string{"1700000000000", "1700000000000"}, huawei.ReasonMalformed},
		"another time":              {stamp, []string{"1700000000001"}, huawei.ReasonMismatch},
		"another time, long ago":    {stamp, []string{"0000000000"}, huawei.ReasonMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := vectorHeader()
			h.Del(test.header)
			for _, value := range test.values {
				h.Add(test.header, value)
			}
			m, err := v.Open(h, []byte(body), vectorTime())
			if test.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			wantReason(t, err, test.want, vectorKey, vectorMillis, vectorMillis[1:62])
			if m.ID != "" || m.Body != nil {
				t.Errorf("message %+v beside an error", m)
			}
		})
	}
}

func TestMFSRefusesBodies(t *testing.T) {
	t.Parallel()
	v := newMFS(t, vectorKey)
	for name, test := range map[string]struct {
		sent string
		want huawei.Reason
	}{
		"another asset":              {strings.Replace(body, "14d7", "14d8", 1), huawei.ReasonMismatch},
		"another asset in the text":  {`{"message":` + quoted(strings.Replace(body, "14d7", "14d8", 1)) + `}`, huawei.ReasonMismatch},
		"a blank more":               {body + " ", huawei.ReasonMismatch},
		"a message within":           {`{"message":` + quoted(body+" ") + `}`, huawei.ReasonMismatch},
		"a message that is a list":   {`{"message":[` + body + `]}`, huawei.ReasonMalformed},
		"a message that is null":     {`{"message":null}`, huawei.ReasonMalformed},
		"a message that is a number": {`{"message":1}`, huawei.ReasonMalformed},
		"nothing":                    {"", huawei.ReasonMalformed},
		"a list":                     {"[" + body + "]", huawei.ReasonMalformed},
		"prose":                      {"An asset has been transcoded.", huawei.ReasonMalformed},
		"a cut-off body":             {body[:40], huawei.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Open(vectorHeader(), []byte(test.sent), vectorTime())
			wantReason(t, err, test.want, "14d7b2faba0d")
		})
	}
}

func TestMFSWindow(t *testing.T) {
	t.Parallel()
	v := newMFS(t, vectorKey)
	for age, want := range map[time.Duration]huawei.Reason{
		0:                     "",
		time.Hour:             "",
		time.Hour + 1:         huawei.ReasonStale,
		24 * time.Hour:        huawei.ReasonStale,
		-huawei.Ahead:         "",
		-huawei.Ahead - 1:     huawei.ReasonFuture,
		-365 * 24 * time.Hour: huawei.ReasonFuture,
	} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			_, err := v.Open(vectorHeader(), []byte(body), vectorTime().Add(age))
			if want != "" {
				wantReason(t, err, want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A forger must not learn our clock, nor a log speak of a replay that is none.
func TestMFSForgedAndStaleIsMismatch(t *testing.T) {
	t.Parallel()
	v := newMFS(t, "another key")
	for _, age := range []time.Duration{0, 48 * time.Hour, -48 * time.Hour} {
		_, err := v.Open(vectorHeader(), []byte(body), vectorTime().Add(age))
		wantReason(t, err, huawei.ReasonMismatch)
	}
}

// The same content at another time is another message; the same is a replay.
func TestMFSReplay(t *testing.T) {
	t.Parallel()
	v := newMFS(t, "old", "new")
	open := func(key string, at time.Time) string {
		m, err := v.Open(huawei.SignMFS(secret.New(key), at, body), []byte(body), signed())
		if err != nil {
			t.Fatal(err)
		}
		return m.ID
	}
	first := open("old", signed())
	if open("new", signed()) != first {
		t.Error("a repeat with the other key has another ID")
	}
	if open("old", signed().Add(time.Millisecond)) == first {
		t.Error("another time stamp has the same ID")
	}
}

func TestNewMFSVerifierRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys   []string
		window time.Duration
		want   string
	}{
		"no key":           {nil, time.Hour, "MFS keys: none given"},
		"an empty key":     {[]string{"kkkk", ""}, time.Hour, "MFS key 2 of 2: empty"},
		"a blank in front": {[]string{" kkkk"}, time.Hour, "MFS key 1 of 1: begins or ends with a blank"},
		"an end of line":   {[]string{"kkkk\n"}, time.Hour, "MFS key 1 of 1: begins or ends with a blank"},
		"no window":        {[]string{"kkkk"}, 0, "MFS window: 0s, more than nothing"},
		"a window back":    {[]string{"kkkk"}, -time.Hour, "MFS window: -1h0m0s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v, err := huawei.NewMFSVerifier(secrets(test.keys...), test.window)
			if err == nil || v != nil {
				t.Fatalf("verifier %v, error %v; want an error alone", v, err)
			}
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "kkkk") {
				t.Errorf("error %q, want one with %q and no key", err, test.want)
			}
		})
	}
}

func TestMFSVerifierDoesNotPrintKeys(t *testing.T) {
	t.Parallel()
	v := newMFS(t, vectorKey)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{v, *v} {
			if text := fmt.Sprintf(verb, value); strings.Contains(text, vectorKey) || strings.Contains(text, fmt.Sprintf("%x", vectorKey)) {
				t.Errorf("%s prints %q", verb, text)
			}
		}
	}
}
