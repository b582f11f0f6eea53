// Package role holds the keys of a function's role, which Function Compute hands
// over with each invocation.
//
// It may import core and core/aliyun.
package role

import (
	"context"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// life is how long temporary keys of a role are good. Function Compute passes
// keys on that are good for longer than an invocation may last (24 h), so those of
// an invocation hold until it ends.
//
// Source: Function Compute, "Use function roles to grant access".
const life = 36 * time.Hour

// Holder knows the keys to sign with now. It is safe for concurrent use.
//
// The keys of the latest invocation hold, and no longer than until its deadline:
// what signs later belongs to another invocation, which has brought its own. Keys
// of the environment are used as long as no invocation has brought any. On
// Function Compute ALIBABA_CLOUD_* are reserved for the role's own keys as they
// were when the instance began, so those with a token are too old one life later.
type Holder struct {
	clock clock.Clock

	mu    sync.Mutex
	keys  aliyun.Credentials
	until time.Time // zero: for ever
}

// NewHolder is a holder that has the keys of the environment, or none yet.
func NewHolder(environment aliyun.Credentials, c clock.Clock) *Holder {
	h := &Holder{clock: c, keys: environment}
	if !environment.SecurityToken.Empty() {
		h.until = c.Now().Add(life)
	}
	return h
}

// Put takes the keys of an invocation, good until its deadline. An invocation
// of a function without a role brings none, and changes nothing.
func (h *Holder) Put(keys aliyun.Credentials, deadline time.Time) {
	if keys.AccessKeyID == "" || keys.AccessKeySecret.Empty() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.keys, h.until = keys, deadline
}

// Credentials returns the keys to sign a call with. Without any, or past the
// time of those that there are, the error is of kind Unauthenticated.
func (h *Holder) Credentials(context.Context) (aliyun.Credentials, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.keys.AccessKeyID == "":
		return aliyun.Credentials{}, core.Errorf(core.Unauthenticated,
			"no keys to call ApsaraVideo VOD with: the function has no role, and ALIBABA_CLOUD_ACCESS_KEY_ID is not set")
	case !h.until.IsZero() && !h.clock.Now().Before(h.until):
		return aliyun.Credentials{}, core.Errorf(core.Unauthenticated, "the keys of the function's role are those of an invocation that has ended")
	}
	return h.keys, nil
}
