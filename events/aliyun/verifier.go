package aliyun

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// maxURL is the most bytes that SetMessageCallback takes for a CallbackURL. Its
// rules for the AuthKey are not checked here: a key that VOD would not take
// cannot have signed anything.
const maxURL = 256

// Verifier checks the signatures of callbacks. It is safe for concurrent use.
type Verifier struct{ pairs []pair }

// pair is one registration that a callback may have been signed for.
type pair struct {
	url string
	key secret.Value
}

// NewVerifier returns a verifier that accepts what is signed for any of the
// URLs with any of the keys: several of either are normal, because each region
// and each app of VOD has its own, and because keys are rotated. The URLs are
// those registered with VOD, byte for byte, not those that a function behind a
// gateway sees.
//
// An error names the position of the URL or key that is wrong, counted from 1,
// and never shows it: URLs of callbacks often have a secret path.
func NewVerifier(urls []string, keys []secret.Value) (*Verifier, error) {
	if len(urls) == 0 {
		return nil, errors.New("callback URLs: none given, at least one is needed to check signatures")
	}
	if len(keys) == 0 {
		return nil, errors.New("callback keys: none given, at least one is needed to check signatures")
	}
	for i, u := range urls {
		if err := checkURL(u); err != nil {
			return nil, fmt.Errorf("callback URL %d of %d: %w", i+1, len(urls), err)
		}
	}
	for i, key := range keys {
		if err := checkKey(key); err != nil {
			return nil, fmt.Errorf("callback key %d of %d: %w", i+1, len(keys), err)
		}
	}
	v := &Verifier{pairs: make([]pair, 0, len(urls)*len(keys))}
	for _, u := range urls {
		for _, key := range keys {
			v.pairs = append(v.pairs, pair{url: u, key: key})
		}
	}
	return v, nil
}

func checkURL(text string) error {
	if text == "" {
		return errors.New("empty, an absolute http or https URL is needed")
	}
	if len(text) > maxURL {
		return fmt.Errorf("%d bytes long, VOD registers at most %d", len(text), maxURL)
	}
	// The parser's own error would show the URL.
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return errors.New("not an absolute http or https URL, write it exactly as it is registered with VOD")
	}
	return nil
}

func checkKey(key secret.Value) error {
	if key.Empty() {
		return errors.New("empty, an empty key would let anyone sign")
	}
	if text := key.Reveal(); strings.TrimSpace(text) != text {
		return errors.New("begins or ends with a blank, which no key of VOD does")
	}
	return nil
}
