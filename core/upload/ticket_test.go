package upload_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

const (
	ticketKey = "0123456789abcdef0123456789abcdef"
	oldKey    = "fedcba9876543210fedcba9876543210"
)

// signedToken signs a JWT as RFC 7515 says it, without the library.
func signedToken(header, claims, key string, hashed func() hash.Hash) string {
	encode := base64.RawURLEncoding.EncodeToString
	signed := encode([]byte(header)) + "." + encode([]byte(claims))
	if hashed == nil {
		return signed + "."
	}
	mac := hmac.New(hashed, []byte(key))
	mac.Write([]byte(signed))
	return signed + "." + encode(mac.Sum(nil))
}

const hs256 = `{"alg":"HS256","typ":"JWT"}`

func TestTickets(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	tickets, err := upload.NewTickets([]secret.Value{secret.New(ticketKey), secret.New(oldKey)}, clock.NewFake(now))
	if err != nil {
		t.Fatal(err)
	}
	claims := func(change ...string) string {
		all := map[string]string{"sub": `"v1"`, "exp": fmt.Sprint(now.Unix() + 7200), "scope": `"upload"`}
		for i := 0; i < len(change); i += 2 {
			all[change[i]] = change[i+1]
		}
		text := []string{}
		for name, value := range all {
			if value != "" {
				text = append(text, fmt.Sprintf("%q:%s", name, value))
			}
		}
		return "{" + strings.Join(text, ",") + "}"
	}
	at := func(d time.Duration) string { return fmt.Sprint(now.Add(d).Unix()) }
	good := signedToken(hs256, claims(), ticketKey, sha256.New)
	for name, tc := range map[string]struct {
		text string
		kind core.Kind // empty if it is good
		part string    // of the error
	}{
		"good":               {good, "", ""},
		"overwrite":          {signedToken(hs256, claims("scope", `"overwrite"`), ticketKey, sha256.New), "", ""},
		"the other key":      {signedToken(hs256, claims(), oldKey, sha256.New), "", ""},
		"no typ":             {signedToken(`{"alg":"HS256"}`, claims(), ticketKey, sha256.New), "", ""},
		"more claims":        {signedToken(hs256, claims("iat", at(0), "iss", `"backend"`, "jti", `"7"`, "aud", `"x"`), ticketKey, sha256.New), "", ""},
		"a fraction":         {signedToken(hs256, claims("exp", at(time.Second)+".5"), ticketKey, sha256.New), "", ""},
		"a whole day":        {signedToken(hs256, claims("exp", at(24*time.Hour)), ticketKey, sha256.New), "", ""},
		"a clock ahead":      {signedToken(hs256, claims("exp", at(24*time.Hour+5*time.Second)), ticketKey, sha256.New), "", ""},
		"more than a day":    {signedToken(hs256, claims("exp", at(24*time.Hour+time.Minute)), ticketKey, sha256.New), core.Unauthenticated, "24 hours"},
		"for ever":           {signedToken(hs256, claims("exp", "99999999999"), ticketKey, sha256.New), core.Unauthenticated, "24 hours"},
		"expired":            {signedToken(hs256, claims("exp", at(-time.Second)), ticketKey, sha256.New), core.Unauthenticated, "expired"},
		"expiring now":       {signedToken(hs256, claims("exp", at(0)), ticketKey, sha256.New), core.Unauthenticated, "expired"},
		"no exp":             {signedToken(hs256, claims("exp", ""), ticketKey, sha256.New), core.Unauthenticated, "no exp"},
		"exp as a text":      {signedToken(hs256, claims("exp", `"`+at(time.Hour)+`"`), ticketKey, sha256.New), "", ""},
		"exp null":           {signedToken(hs256, claims("exp", "null"), ticketKey, sha256.New), core.Unauthenticated, "no exp"},
		"not yet":            {signedToken(hs256, claims("nbf", at(time.Minute)), ticketKey, sha256.New), core.Unauthenticated, "not valid yet"},
		"no sub":             {signedToken(hs256, claims("sub", ""), ticketKey, sha256.New), core.Unauthenticated, "no sub"},
		"an empty sub":       {signedToken(hs256, claims("sub", `""`), ticketKey, sha256.New), core.Unauthenticated, "no sub"},
		"sub is a list":      {signedToken(hs256, claims("sub", `["v1"]`), ticketKey, sha256.New), core.Unauthenticated, "ticket"},
		"no scope":           {signedToken(hs256, claims("scope", ""), ticketKey, sha256.New), core.Forbidden, "scope"},
		"another scope":      {signedToken(hs256, claims("scope", `"admin"`), ticketKey, sha256.New), core.Forbidden, "scope"},
		"two scopes":         {signedToken(hs256, claims("scope", `"upload overwrite"`), ticketKey, sha256.New), core.Forbidden, "scope"},
		"scope is a list":    {signedToken(hs256, claims("scope", `["upload"]`), ticketKey, sha256.New), core.Unauthenticated, "ticket"},
		"an unknown key":     {signedToken(hs256, claims(), strings.Repeat("x", 32), sha256.New), core.Unauthenticated, "signed"},
		"an empty key":       {signedToken(hs256, claims(), "", sha256.New), core.Unauthenticated, "signed"},
		"alg none":           {signedToken(`{"alg":"none"}`, claims(), "", nil), core.Unauthenticated, "signed"},
		"alg None":           {signedToken(`{"alg":"None"}`, claims(), "", nil), core.Unauthenticated, "ticket"},
		"alg none, signed":   {signedToken(`{"alg":"none"}`, claims(), ticketKey, sha256.New), core.Unauthenticated, "signed"},
		"no alg":             {signedToken(`{}`, claims(), ticketKey, sha256.New), core.Unauthenticated, "ticket"},
		"HS512":              {signedToken(`{"alg":"HS512"}`, claims(), ticketKey, sha512.New), core.Unauthenticated, "signed"},
		"RS256":              {signedToken(`{"alg":"RS256"}`, claims(), ticketKey, sha256.New), core.Unauthenticated, "signed"},
		"crit":               {signedToken(`{"alg":"HS256","crit":["b64"],"b64":true}`, claims(), ticketKey, sha256.New), core.Unauthenticated, "JWT"},
		"no signature":       {strings.Join(strings.Split(good, ".")[:2], ".") + ".", core.Unauthenticated, "signed"},
		"half a signature":   {good[:len(good)-20], core.Unauthenticated, "ticket"},
		"another's claims":   {strings.Replace(good, strings.Split(good, ".")[1], strings.Split(signedToken(hs256, claims("sub", `"v2"`), "", nil), ".")[1], 1), core.Unauthenticated, "signed"},
		"two parts":          {strings.Join(strings.Split(good, ".")[:2], "."), core.Unauthenticated, "JWT"},
		"four parts":         {good + ".x", core.Unauthenticated, "JWT"},
		"no JWT":             {"local-simulator-token", core.Unauthenticated, "JWT"},
		"claims are no JSON": {signedToken(hs256, "{", ticketKey, sha256.New), core.Unauthenticated, "JWT"},
		"empty":              {"", core.Unauthenticated, "JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pass, err := tickets.Verify(tc.text)
			if got := core.KindOf(err); got != tc.kind {
				t.Fatalf("got %q, %v, want %q", got, err, tc.kind)
			}
			if err == nil {
				if pass.VideoID != "v1" || pass.Any || pass.Scope == "" {
					t.Errorf("admits to %+v", pass)
				}
				return
			}
			if pass != (upload.Pass{}) {
				t.Errorf("refused, and admits to %+v", pass)
			}
			if !strings.Contains(err.Error(), tc.part) {
				t.Errorf("%v does not say %q", err, tc.part)
			}
			for part := range strings.SplitSeq(tc.text, ".") {
				if len(part) > 8 && strings.Contains(fmt.Sprintf("%+v", err), part) {
					t.Errorf("%v quotes the ticket", err)
				}
			}
		})
	}
}

func TestMint(t *testing.T) {
	t.Parallel()
	fake := clock.NewFake(time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC))
	tickets, err := upload.NewTickets([]secret.Value{secret.New(ticketKey), secret.New(oldKey)}, fake)
	if err != nil {
		t.Fatal(err)
	}
	minted, err := tickets.Mint("v1", upload.ScopeUpload, 24*time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(minted.Reveal(), ".")
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	if minted.Reveal() != signedToken(hs256, string(body), ticketKey, sha256.New) {
		t.Errorf("%s is not signed with the first key", minted.Reveal())
	}
	var claims map[string]any
	if err := json.Unmarshal(body, &claims); err != nil || len(claims) != 3 || claims["exp"] != float64(fake.Now().Unix()+86400) {
		t.Errorf("claims %v, %v", claims, err)
	}
	pass, err := tickets.Verify(minted.Reveal())
	if err != nil || pass != (upload.Pass{VideoID: "v1", Scope: upload.ScopeUpload}) {
		t.Errorf("admits to %+v, %v", pass, err)
	}
	fake.Advance(24 * time.Hour)
	if _, err := tickets.Verify(minted.Reveal()); core.KindOf(err) != core.Unauthenticated {
		t.Errorf("at its end: %v", err)
	}

	_, err = tickets.Mint("v 1", "admin", 25*time.Hour)
	e, ok := err.(*core.Error) //nolint:errorlint // the error itself
	if !ok || e.Kind != core.Invalid || len(e.Fields) != 3 {
		t.Errorf("got %v, want an error that names all three", err)
	}
	for _, ttl := range []time.Duration{0, -time.Hour, time.Millisecond} {
		if _, err := tickets.Mint("v1", upload.ScopeOverwrite, ttl); core.KindOf(err) != core.Invalid {
			t.Errorf("%s: got %v", ttl, err)
		}
	}
}

func TestTicketKeys(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]secret.Value{
		"none":      nil,
		"empty":     {secret.New("")},
		"31 bytes":  {secret.New(ticketKey[1:])},
		"one short": {secret.New(ticketKey), secret.New(oldKey[1:])},
	} {
		_, err := upload.NewTickets(keys, nil)
		if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), "32 bytes") && !strings.Contains(err.Error(), "at least 32") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := upload.NewTickets([]secret.Value{secret.New(ticketKey)}, nil); err != nil {
		t.Error(err)
	}
}

// What is not signed with a key admits to nothing.
func FuzzTickets(f *testing.F) {
	now := time.Date(2026, 3, 20, 12, 0, 0, 0, time.UTC)
	tickets, err := upload.NewTickets([]secret.Value{secret.New(ticketKey)}, clock.NewFake(now))
	if err != nil {
		f.Fatal(err)
	}
	good := fmt.Sprintf(`{"sub":"v1","exp":%d,"scope":"upload"}`, now.Unix()+60)
	f.Add(signedToken(hs256, good, oldKey, sha256.New), good)
	f.Add(signedToken(`{"alg":"none"}`, good, "", nil), `{"sub":"","exp":1e300,"scope":"upload"}`)
	f.Add("..", `{"exp":-1}`)
	f.Fuzz(func(t *testing.T, text, claims string) {
		if pass, err := tickets.Verify(text); err == nil || pass != (upload.Pass{}) {
			t.Errorf("%q admits to %+v", text, pass)
		}
		pass, err := tickets.Verify(signedToken(hs256, claims, ticketKey, sha256.New))
		if kind := core.KindOf(err); err != nil && kind != core.Unauthenticated && kind != core.Forbidden {
			t.Errorf("%q: %v", claims, err)
		}
		if err == nil && (pass.VideoID == "" || pass.Any || pass.Scope == "") {
			t.Errorf("%q admits to %+v", claims, pass)
		}
	})
}

func ExampleTickets() {
	tickets, err := upload.NewTickets([]secret.Value{secret.New("a key of 32 bytes or more, random")}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	ticket, err := tickets.Mint("43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e", upload.ScopeUpload, 2*time.Hour)
	if err != nil {
		fmt.Println(err)
		return
	}
	pass, err := tickets.Verify(ticket.Reveal())
	fmt.Println(ticket, pass.VideoID, pass.Scope, err)
	// Output: *** 43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e upload <nil>
}
