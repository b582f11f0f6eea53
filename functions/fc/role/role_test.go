package role_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/fc/role"
)

func now() time.Time { return time.Date(2026, 5, 28, 20, 26, 40, 0, time.UTC) }

func keys(id, key, token string) aliyun.Credentials {
	return aliyun.Credentials{AccessKeyID: id, AccessKeySecret: secret.New(key), SecurityToken: secret.New(token)}
}

// wantKeys checks which keys a call would be signed with.
func wantKeys(t *testing.T, h *role.Holder, want aliyun.Credentials) {
	t.Helper()
	got, err := h.Credentials(t.Context())
	if err != nil || got.AccessKeyID != want.AccessKeyID || got.AccessKeySecret.Reveal() != want.AccessKeySecret.Reveal() ||
		got.SecurityToken.Reveal() != want.SecurityToken.Reveal() {
		t.Errorf("got %s, %v, want %s", got.AccessKeyID, err, want.AccessKeyID)
	}
}

func wantNone(t *testing.T, h *role.Holder, part string) {
	t.Helper()
	got, err := h.Credentials(t.Context())
	if core.KindOf(err) != core.Unauthenticated || !strings.Contains(err.Error(), part) || got.AccessKeyID != "" {
		t.Errorf("got %q, %v, want an error with %q", got.AccessKeyID, err, part)
	}
}

// The keys of the latest invocation hold at once, and until it ends.
func TestKeysOfInvocations(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(now())
	h := role.NewHolder(aliyun.Credentials{}, c)
	wantNone(t, h, "has no role")
	first, second := keys("STS.1", "one", "t1"), keys("STS.2", "two", "t2")
	h.Put(first, now().Add(time.Minute))
	wantKeys(t, h, first)
	h.Put(second, now().Add(2*time.Minute))
	wantKeys(t, h, second)
	c.Advance(2*time.Minute - time.Nanosecond)
	wantKeys(t, h, second)
	c.Advance(time.Nanosecond)
	wantNone(t, h, "an invocation that has ended")
	h.Put(first, c.Now().Add(time.Minute))
	wantKeys(t, h, first)
}

// Keys of the environment hold while no invocation has brought any: for ever if
// they are permanent, for a life if they are the role's.
func TestKeysOfTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		environment aliyun.Credentials
		later       string // what is wrong after 36 h; empty for nothing
	}{
		"permanent": {keys("LTAI", "p", ""), ""},
		"temporary": {keys("STS.0", "p", "t0"), "has ended"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			machine := clock.NewFake(now())
			h := role.NewHolder(c.environment, machine)
			for _, none := range []aliyun.Credentials{{}, keys("", "x", "x"), keys("STS.1", "", "x")} {
				h.Put(none, now())
				wantKeys(t, h, c.environment)
			}
			machine.Advance(36 * time.Hour)
			if c.later == "" {
				wantKeys(t, h, c.environment)
			} else {
				wantNone(t, h, c.later)
			}
			h.Put(keys("STS.1", "one", "t1"), machine.Now().Add(1))
			wantKeys(t, h, keys("STS.1", "one", "t1"))
			machine.Advance(1)
			wantNone(t, h, "has ended")
		})
	}
}

// Keys never come apart, however many invocations there are.
func TestManyInvocations(t *testing.T) {
	t.Parallel()
	h := role.NewHolder(aliyun.Credentials{}, clock.NewFake(now()))
	h.Put(keys("0", "0", "0"), now().Add(time.Hour))
	var running sync.WaitGroup
	for i := range 8 {
		running.Go(func() {
			for range 200 {
				id := fmt.Sprint(i)
				h.Put(keys(id, id, id), now().Add(time.Hour))
				got, err := h.Credentials(t.Context())
				if err != nil || got.AccessKeySecret.Reveal() != got.AccessKeyID || got.SecurityToken.Reveal() != got.AccessKeyID {
					t.Errorf("got %q with others' secrets, %v", got.AccessKeyID, err)
				}
			}
		})
	}
	running.Wait()
}
