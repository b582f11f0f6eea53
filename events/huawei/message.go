package huawei

import (
	"time"

	"github.com/vodrefresh/vodrefresh/events/secret"
)

// Sort is what a message wants, in SMN's own words. MFS sends notifications only.
type Sort string

// The sorts.
const (
	// Notification carries an event.
	Notification Sort = "Notification"
	// SubscriptionConfirmation invites to subscribe: see [Confirm].
	SubscriptionConfirmation Sort = "SubscriptionConfirmation"
	// UnsubscribeConfirmation says that the subscription is gone. Nothing of it
	// is ever followed: an operator has to look.
	UnsubscribeConfirmation Sort = "UnsubscribeConfirmation"
)

// Message is a verified message of either channel. All that it says was signed.
type Message struct {
	Channel Channel
	Sort    Sort
	// ID is what tells a replay: "smn/" and the message ID, which repeats keep,
	// or "mfs/" and a hash of time stamp and content. The same content with
	// another time stamp is another message.
	ID string
	// Time is when the message was signed, UTC: the time stamp of SMN, which
	// repeats keep, or auth_timestamp.
	Time  time.Time
	Topic string // the topic's URN; empty for MFS
	// Body is the JSON text for [Decode], nil unless this is a Notification.
	Body []byte
	// Subscribe is the URL that confirms a subscription, pinned to Huawei's
	// console; empty unless this is a SubscriptionConfirmation. It holds a token.
	Subscribe secret.Value
}
