package huawei

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

const (
	confirmLimit = 3 * time.Second // SMN waits 5 s for the whole answer
	maxAnswer    = 64 << 10
)

// Confirm accepts the invitation of a SubscriptionConfirmation by one GET of its
// URL, which is checked once more. It takes 3 s at most and follows no redirect.
// Without a transport it goes straight to Huawei, past any proxy. An
// invitation is good for 48 h, so what failed may be repeated.
//
// No error shows the URL or its token.
//
// Source: SMN user guide, "HTTP/HTTPS message format". That the answer is JSON
// with a subscription_urn is what public receivers found.
func Confirm(ctx context.Context, transport http.RoundTripper, m Message) error {
	if m.Channel != SMN || m.Sort != SubscriptionConfirmation {
		return fmt.Errorf("subscription: a %s message of channel %q confirms nothing", m.Sort, m.Channel)
	}
	region, err := regionOf(m.Topic)
	if err != nil {
		return fmt.Errorf("subscription: topic %q is %w", m.Topic, err)
	}
	if err := checkSubscribeURL(m.Subscribe.Reveal(), m.Topic, region); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, confirmLimit)
	defer cancel()
	got, err := get(ctx, orDirect(transport), m.Subscribe.Reveal(), maxAnswer)
	if err != nil {
		return fmt.Errorf("subscription to %s: not confirmed: %s", m.Topic, tokenless(err))
	}
	if got.status != http.StatusOK {
		return fmt.Errorf("subscription to %s: not confirmed: status %d, only 200 is taken and no redirect is followed", m.Topic, got.status)
	}
	o, err := readObject(got.body)
	if err != nil || o.text("subscription_urn") == "" {
		return fmt.Errorf("subscription to %s: not confirmed: the answer has no subscription_urn", m.Topic)
	}
	return nil
}

// tokenless says why a request failed in words that cannot hold its URL: those
// of the network, which knows addresses only, or ours.
func tokenless(err error) string {
	if network, ok := errors.AsType[*net.OpError](err); ok {
		return network.Error()
	}
	if long, ok := errors.AsType[tooLongError](err); ok {
		return long.Error()
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	return fmt.Sprintf("the request failed (%T)", err)
}
