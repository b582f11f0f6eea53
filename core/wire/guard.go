package wire

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/core"
)

// panicked is what Guard makes of a panic. The value is not kept, only its type:
// its text may quote the answer.
type panicked struct{ sort string }

func (p panicked) Error() string { return "panic with " + p.sort }

// Guard lets an SDK sign, send and decode, and returns its error. A panic
// becomes an error that [Exchange.Answer] and [Undecoded] know.
func Guard(send func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicked{fmt.Sprintf("%T", value)}
		}
	}()
	return send()
}

// Undecoded is the error of a call whose answer is no refusal, and which the SDK
// could not decode all the same. It quotes nothing of the SDK's.
func Undecoded(op string, guarded error) *core.Error {
	return &core.Error{Kind: core.Internal, Op: op, Message: "the answer has not the documented shape" + panicNote(guarded)}
}

// panicNote tells of a panic, and nothing of any other error of the SDK.
func panicNote(err error) string {
	if p, ok := err.(panicked); ok { //nolint:errorlint // Guard returns it bare
		return ": " + p.Error()
	}
	return ""
}
