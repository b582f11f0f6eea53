package aliyun_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// The vector of the VOD user guide, "HTTP callback authentication". The page
// masks the last four characters of the signature.
const (
	vectorURL       = "https://www.example.com/your/callback"
	vectorKey       = "test123"
	vectorTime      = 1519375990
	vectorSignature = "c72b60894140fa98920f1279219b7ed4"
)

func vectorHeader() http.Header {
	return http.Header{"X-Vod-Timestamp": {"1519375990"}, "X-Vod-Signature": {vectorSignature}}
}

// wantReason checks that err is a refusal for one reason and tells nothing.
func wantReason(tb testing.TB, err error, want aliyun.Reason) {
	tb.Helper()
	refused, ok := errors.AsType[*aliyun.VerifyError](err)
	if !ok {
		tb.Fatalf("error is %v, want a *VerifyError that says %s", err, want)
	}
	if refused.Reason != want {
		tb.Errorf("reason is %s (%v), want %s", refused.Reason, err, want)
	}
	for _, private := range []string{vectorSignature, vectorKey, vectorURL, "/your/callback"} {
		for _, text := range []string{err.Error(), fmt.Sprintf("%#v", refused)} {
			if strings.Contains(strings.ToLower(text), private) {
				tb.Errorf("error %q shows %q", text, private)
			}
		}
	}
}

func TestSignVector(t *testing.T) {
	t.Parallel()
	h := aliyun.Sign(vectorURL, secret.New(vectorKey), time.Unix(vectorTime, 999_999_999))
	if got := h.Get(aliyun.HeaderSignature); got != vectorSignature {
		t.Errorf("signature is %q, want %q", got, vectorSignature)
	}
	if got := h.Get(aliyun.HeaderTimestamp); got != "1519375990" {
		t.Errorf("time stamp is %q, want 1519375990", got)
	}
	if len(h) != 2 {
		t.Errorf("%d headers, want two", len(h))
	}
}

func TestVerifyVector(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, []string{vectorURL}, vectorKey)
	signed, err := v.Verify(vectorHeader(), time.Unix(vectorTime+2, 0))
	if err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2018, 2, 23, 8, 53, 10, 0, time.UTC); signed != want {
		t.Errorf("signed at %v, want %v", signed, want)
	}
}

func TestVerifyWindow(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, []string{vectorURL}, vectorKey)
	const second = time.Second
	for age, want := range map[time.Duration]aliyun.Reason{
		0:                         "",
		299 * second:              "",
		300 * second:              "",
		301*second - 1:            "", // whole seconds count
		301 * second:              aliyun.ReasonStale,
		24 * time.Hour:            aliyun.ReasonStale,
		40 * 365 * 24 * time.Hour: aliyun.ReasonStale,
		-299 * second:             "",
		-300 * second:             "",
		-300*second - 1:           aliyun.ReasonFuture,
		-301 * second:             aliyun.ReasonFuture,
		-24 * time.Hour:           aliyun.ReasonFuture,
	} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			signed, err := v.Verify(vectorHeader(), time.Unix(vectorTime, 0).Add(age))
			if want != "" {
				wantReason(t, err, want)
				return
			}
			if err != nil || signed.Unix() != vectorTime {
				t.Errorf("signed at %v, error %v; want acceptance", signed, err)
			}
		})
	}
}

func TestVerifyHeaders(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, []string{vectorURL}, vectorKey)
	const stamp, sig = aliyun.HeaderTimestamp, aliyun.HeaderSignature
	flipped, err := hex.DecodeString(vectorSignature)
	if err != nil {
		t.Fatal(err)
	}
	flipped[15] ^= 1
	for name, test := range map[string]struct {
		header string
		values []string
		want   aliyun.Reason
	}{
		"as it was sent":              {sig, []string{vectorSignature}, ""},
		"upper case":                  {sig, []string{strings.ToUpper(vectorSignature)}, ""},
		"one wrong bit":               {sig, []string{hex.EncodeToString(flipped)}, aliyun.ReasonMismatch},
		"all zero":                    {sig, []string{strings.Repeat("0", 32)}, aliyun.ReasonMismatch},
		"no signature":                {sig, nil, aliyun.ReasonMissing},
		"an empty signature":          {sig, []string{""}, aliyun.ReasonMalformed},
		"a truncated signature":       {sig, []string{vectorSignature[:31]}, aliyun.ReasonMalformed},
		"half a signature":            {sig, []string{vectorSignature[:16]}, aliyun.ReasonMalformed},
		"an extended signature":       {sig, []string{vectorSignature + "0"}, aliyun.ReasonMalformed},
		"a doubled signature":         {sig, []string{vectorSignature + vectorSignature}, aliyun.ReasonMalformed},
		"not hexadecimal":             {sig, []string{vectorSignature[:31] + "g"}, aliyun.ReasonMalformed},
		"blanks around":               {sig, []string{" " + vectorSignature[:30] + " "}, aliyun.ReasonMalformed},
		"two signatures":              {sig, []string{vectorSignature, vectorSignature}, aliyun.ReasonMalformed},
		"two signatures in one":       {sig, []string{vectorSignature + ", " + vectorSignature}, aliyun.ReasonMalformed},
		"no time stamp":               {stamp, nil, aliyun.ReasonMissing},
		"an empty time stamp":         {stamp, []string{""}, aliyun.ReasonMalformed},
		"nine digits":                 {stamp, []string{"151937599"}, aliyun.ReasonMalformed},
		"milliseconds":                {stamp, []string{"1519375990000"}, aliyun.ReasonMalformed},
		"a sign":                      {stamp, []string{"+519375990"}, aliyun.ReasonMalformed},
		"a letter":                    {stamp, []string{"151937599o"}, aliyun.ReasonMalformed},
		"digits that are not ASCII":   {stamp, []string{"１５１９３７５９９０"}, aliyun.ReasonMalformed},
		"ten bytes, not ASCII digits": {stamp, []string{"1519375９"}, aliyun.ReasonMalformed},
		"two time stamps":             {stamp, []string{"1519375990", "1519375990"}, aliyun.ReasonMalformed},
		"two time stamps in one":      {stamp, []string{"1519375990, 1519375990"}, aliyun.ReasonMalformed},
		"another time":                {stamp, []string{"1519375991"}, aliyun.ReasonMismatch},
		"another time, long ago":      {stamp, []string{"0000000000"}, aliyun.ReasonMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := vectorHeader()
			h.Del(test.header)
			for _, value := range test.values {
				h.Add(test.header, value)
			}
			signed, err := v.Verify(h, time.Unix(vectorTime, 0))
			if test.want == "" {
				if err != nil {
					t.Errorf("refused: %v", err)
				}
				return
			}
			wantReason(t, err, test.want)
			if !signed.IsZero() {
				t.Errorf("signed at %v beside an error", signed)
			}
		})
	}
}

func TestVerifyNoHeaders(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, []string{vectorURL}, vectorKey)
	for name, h := range map[string]http.Header{"nil": nil, "empty": {}, "others": {"Content-Type": {"application/json"}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := v.Verify(h, time.Unix(vectorTime, 0))
			wantReason(t, err, aliyun.ReasonMissing)
		})
	}
}

// A forger must not learn our clock, nor a log speak of a replay that is none.
func TestVerifyForgedAndStaleIsMismatch(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, []string{vectorURL}, "another key")
	for _, now := range []int64{vectorTime, vectorTime + 3600, vectorTime - 3600} {
		_, err := v.Verify(vectorHeader(), time.Unix(now, 0))
		wantReason(t, err, aliyun.ReasonMismatch)
	}
}

func TestVerifyPairs(t *testing.T) {
	t.Parallel()
	urls := []string{"https://a.example.com/cb", "https://b.example.com/cb?app=1", "http://c.example.com"}
	keys := []string{"oldKey1", "newKey2"}
	v := newVerifier(t, urls, keys...)
	now := time.Unix(vectorTime, 0)
	for _, u := range urls {
		for _, key := range keys {
			if _, err := v.Verify(aliyun.Sign(u, secret.New(key), now), now); err != nil {
				t.Errorf("%s with %s: %v", u, key, err)
			}
		}
		_, err := v.Verify(aliyun.Sign(u, secret.New("newKey3"), now), now)
		wantReason(t, err, aliyun.ReasonMismatch)
	}
	for _, u := range []string{
		"https://a.example.com/cb/", "http://a.example.com/cb", "https://A.example.com/cb",
		"https://b.example.com/cb", "https://b.example.com/cb?app=2", "https://c.example.com",
	} {
		_, err := v.Verify(aliyun.Sign(u, secret.New(keys[0]), now), now)
		wantReason(t, err, aliyun.ReasonMismatch)
	}
}

// The boundaries between URL, time and key are signed too.
func TestVerifyPartsDoNotShift(t *testing.T) {
	t.Parallel()
	now := time.Unix(vectorTime, 0)
	v := newVerifier(t, []string{"https://a.example.com/cb"}, "x|key")
	h := aliyun.Sign("https://a.example.com/c", secret.New("bx|key"), now)
	_, err := v.Verify(h, now)
	wantReason(t, err, aliyun.ReasonMismatch)
}
