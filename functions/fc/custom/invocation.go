package custom

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// prefix of the platform's headers, in their canonical form.
const prefix = "X-Fc-"

// The platform's headers that are read, and the one that is written.
const (
	headerControl   = "X-Fc-Control-Path"
	headerRequestID = "X-Fc-Request-Id"
	headerKeyID     = "X-Fc-Access-Key-Id"
	headerSecret    = "X-Fc-Access-Key-Secret" //nolint:gosec // a name
	headerToken     = "X-Fc-Security-Token"    //nolint:gosec // a name
	headerTimeout   = "X-Fc-Function-Timeout"  // whole seconds
	headerStatus    = "X-Fc-Status"
)

// longest is how long an invocation may last at most; it counts where the
// time-out of the function is not told.
const longest = 24 * time.Hour

// invocation is what the platform says about a request.
type invocation struct {
	control  string // what the request is for
	id       string
	keys     aliyun.Credentials
	deadline time.Time
}

// take reads the platform's headers and removes them, so that nothing after it
// sees keys. Of a header that comes twice, one may be a client's: it does not
// count, and with one of the keys none of them does; the control path, where none
// is safe, is then one that nobody knows.
func take(header http.Header, now time.Time) invocation {
	one := func(name string) string {
		if values := header.Values(name); len(values) == 1 {
			return values[0]
		}
		return ""
	}
	v := invocation{
		control: one(headerControl), id: one(headerRequestID),
		keys: aliyun.Credentials{
			AccessKeyID: one(headerKeyID), AccessKeySecret: secret.New(one(headerSecret)), SecurityToken: secret.New(one(headerToken)),
		},
		deadline: now.Add(longest),
	}
	twice := func(name string) bool { return len(header.Values(name)) > 1 }
	if twice(headerControl) {
		v.control = "ambiguous"
	}
	if twice(headerKeyID) || twice(headerSecret) || twice(headerToken) {
		v.keys = aliyun.Credentials{}
	}
	if seconds, err := strconv.Atoi(one(headerTimeout)); err == nil && seconds > 0 && seconds < int(longest/time.Second) {
		v.deadline = now.Add(time.Duration(seconds) * time.Second)
	}
	drop(header)
	return v
}

// drop removes every header that is the platform's.
func drop(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, prefix) {
			delete(header, name)
		}
	}
}

// within is ctx with the invocation's deadline.
func (v invocation) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, v.deadline)
}
