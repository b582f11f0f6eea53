package events

import "time"

// Provider names the video platform that an event comes from.
type Provider string

// The providers.
const (
	Aliyun Provider = "aliyun" // ApsaraVideo VOD, Alibaba Cloud
	Huawei Provider = "huawei" // Huawei Cloud VOD
)

// Kind is what happened, in words that are the same for every provider.
type Kind string

// The kinds.
const (
	Unknown          Kind = "unknown"           // a type that this version does not know
	Uploaded         Kind = "uploaded"          // the source file of a media has arrived
	StreamTranscoded Kind = "stream_transcoded" // one stream is ready, others may follow
	Transcoded       Kind = "transcoded"        // all streams are ready
	Reviewed         Kind = "reviewed"          // a person or a machine has judged the content
	Deleted          Kind = "deleted"           // the media, or parts of it, are gone
	Restored         Kind = "restored"          // an archived media can be read again
	RefreshSubmitted Kind = "refresh_submitted" // the answer to our own refresh: never a reason for another one
	Other            Kind = "other"             // known, and no reason to touch a cache
)

// Status is the outcome that an event reports. Providers spell it in several
// vocabularies; unheard-of words become StatusUnknown.
type Status string

// The statuses.
const (
	StatusAbsent  Status = ""        // the event carries none
	Success       Status = "success" // it worked; of several streams, at least one did
	Failure       Status = "failure" // it did not
	StatusUnknown Status = "unknown" // a word of no known vocabulary
)

// Review is the verdict of a content review.
type Review string

// The verdicts.
const (
	ReviewAbsent Review = ""        // the event carries none
	Blocked      Review = "blocked" // must not be shown any more
	Passed       Review = "passed"  // may be shown
	Undecided    Review = "review"  // a person has to look
)

// Stream is one rendition of a media. Format and Definition are normalised so
// that they can be used as filters; a value that no filter knows is empty.
type Stream struct {
	Format     string // lower case: mp4, m3u8, mp3, flv, webm, ts
	Definition string // upper case, template suffix removed: FD, LD, SD, HD, 2K, 4K, OD, SQ, HQ, AUTO
	Status     Status
	JobID      string
	URL        string // as sent: often http, never with an auth key
}

// Event is a verified, decoded callback.
type Event struct {
	Provider Provider
	Type     string // the provider's own word, such as TranscodeComplete; empty if it gave none
	Kind     Kind
	MediaID  string    // whatever the provider calls the field; empty if there is none
	Time     time.Time // UTC, in the provider's clock; zero if missing or unreadable
	Status   Status
	Review   Review
	Streams  []Stream
	// MessageID tells the message that brought the event from every other one;
	// empty where the platform gives none. What it sends again has the same.
	MessageID string
	Extend    string   // what the uploader asked to be passed through, as text
	JobIDs    []string // the jobs that the event speaks of, the event's own first
	// ErrorCode and ErrorMessage are the provider's, on a failure.
	ErrorCode    string
	ErrorMessage string
	Raw          []byte // the body as decoded from its transport, not a copy
}
