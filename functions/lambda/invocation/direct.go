package invocation

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
)

// direct adopts messages of a queue that this deployment knows nothing of, as with
// QUEUE_URL=direct:. Nothing can be put in the place of one, so that what cannot be
// read, is refused or was not done stays in its queue, whose redrive policy takes
// it away in the end.
type direct struct{}

// Adopt implements [Queue]. The receipt means nothing but that it is this
// delivery's own.
func (direct) Adopt(_ context.Context, body, _ string, count int) (core.Delivery, error) {
	m, err := core.ParseMessage([]byte(body))
	if err != nil {
		return core.Delivery{}, err
	}
	return core.Delivery{Message: m, Attempt: max(1, count), Receipt: &m}, nil
}
