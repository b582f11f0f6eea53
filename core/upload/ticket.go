package upload

import (
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// MinTicketKey is the fewest bytes of a key that signs tickets: as many as its
// hash has (RFC 7518, section 3.2).
const MinTicketKey = 32

// MaxTicketLife is how far ahead a ticket's end may be.
const MaxTicketLife = 24 * time.Hour

// ticketSkew is how far the clock of whoever mints a ticket may be ahead of ours.
// The end of a ticket has no such leeway.
const ticketSkew = 5 * time.Second

// Scope is what credentials are asked for.
type Scope string

// The scopes.
const (
	ScopeUpload    Scope = "upload"    // an upload that is not finished
	ScopeOverwrite Scope = "overwrite" // also the source of a video that is
)

// Pass is who may ask for which credentials. The zero Pass admits nobody.
type Pass struct {
	VideoID string // the one video
	Any     bool   // every video: whoever holds it is trusted with all of them
	Scope   Scope
}

// Tickets mints and verifies tickets: JWTs (RFC 7519) signed with HS256, whose sub
// is a video, whose exp is at most [MaxTicketLife] ahead, and whose scope is a [Scope].
type Tickets struct {
	sign   []byte
	verify jwt.VerificationKeySet
	parser *jwt.Parser
	clock  clock.Clock
}

// NewTickets returns tickets of some keys: the first one signs, all of them
// verify, so that a key can be rotated. A nil clock is the machine's. The error
// is of kind Invalid if there is no key, or one under [MinTicketKey] bytes.
func NewTickets(keys []secret.Value, c clock.Clock) (*Tickets, error) {
	if c == nil {
		c = clock.System{}
	}
	if len(keys) == 0 {
		return nil, core.Errorf(core.Invalid, "tickets need a key of at least %d bytes", MinTicketKey)
	}
	t := &Tickets{sign: []byte(keys[0].Reveal()), clock: c, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(), jwt.WithStrictDecoding(), jwt.WithTimeFunc(c.Now),
	)}
	for i, key := range keys {
		text := key.Reveal()
		if len(text) < MinTicketKey {
			return nil, core.Errorf(core.Invalid, "ticket key %d of %d has %d bytes, at least %d are needed",
				i+1, len(keys), len(text), MinTicketKey)
		}
		t.verify.Keys = append(t.verify.Keys, []byte(text))
	}
	return t, nil
}

// ticketClaims are what a ticket says.
type ticketClaims struct {
	jwt.RegisteredClaims

	Scope string `json:"scope"`
}

// Mint makes a ticket that lives for ttl. The error is of kind Invalid and names
// what a ticket cannot be made of.
func (t *Tickets) Mint(videoID string, scope Scope, ttl time.Duration) (secret.Value, error) {
	var wrong []core.FieldError
	if !validVideoID(videoID) {
		wrong = append(wrong, wrongVideoID(videoID))
	}
	if scope != ScopeUpload && scope != ScopeOverwrite {
		wrong = append(wrong, core.FieldError{Field: "scope", Value: string(scope), Detail: "must be upload or overwrite"})
	}
	if ttl < time.Second || ttl > MaxTicketLife {
		wrong = append(wrong, core.FieldError{Field: "ttl", Value: ttl.String(), Detail: "must be between 1s and 24h"})
	}
	if len(wrong) > 0 {
		return secret.Value{}, &core.Error{Kind: core.Invalid, Message: "no ticket can be made of this", Fields: wrong}
	}
	claims := ticketClaims{Scope: string(scope), RegisteredClaims: jwt.RegisteredClaims{
		Subject: videoID, ExpiresAt: jwt.NewNumericDate(t.clock.Now().Add(ttl)),
	}}
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(t.sign)
	if err != nil {
		return secret.Value{}, &core.Error{Kind: core.Internal, Message: "the ticket could not be signed", Err: err}
	}
	return secret.New(text), nil
}

// keys are those that may have signed a ticket. What its crit names must be
// understood (RFC 7515, section 4.1.11), and nothing of it is.
func (t *Tickets) keys(ticket *jwt.Token) (any, error) {
	if _, ok := ticket.Header["crit"]; ok {
		return nil, errors.New("crit")
	}
	return t.verify, nil
}

// Verify returns what a ticket admits to. The error is of kind Unauthenticated for
// what is no ticket of ours, or not any more, and Forbidden for one without a
// scope that there is.
func (t *Tickets) Verify(text string) (Pass, error) {
	var claims ticketClaims
	_, err := t.parser.ParseWithClaims(text, &claims, t.keys)
	refused := func(why string) (Pass, error) {
		return Pass{}, core.Errorf(core.Unauthenticated, "the ticket %s", why)
	}
	switch {
	case errors.Is(err, jwt.ErrTokenMalformed), errors.Is(err, jwt.ErrTokenUnverifiable):
		return refused("is no JWT that can be read")
	case errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return refused("is not signed by one of our keys with HS256")
	case errors.Is(err, jwt.ErrTokenExpired):
		return refused("has expired")
	case errors.Is(err, jwt.ErrTokenNotValidYet):
		return refused("is not valid yet")
	case errors.Is(err, jwt.ErrTokenRequiredClaimMissing):
		return refused("has no exp")
	case err != nil:
		return refused("is not valid")
	case claims.ExpiresAt.After(t.clock.Now().Add(MaxTicketLife + ticketSkew)):
		return refused(fmt.Sprintf("ends more than %g hours from now", MaxTicketLife.Hours()))
	case claims.Subject == "":
		return refused("has no sub, the video that it is for")
	}
	switch scope := Scope(claims.Scope); scope {
	case ScopeUpload, ScopeOverwrite:
		return Pass{VideoID: claims.Subject, Scope: scope}, nil
	default:
		return Pass{}, core.Errorf(core.Forbidden, "the ticket's scope must be upload or overwrite")
	}
}
