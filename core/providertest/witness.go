package providertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/vodrefresh/vodrefresh/core"
)

// witness is a provider that remembers every error of another one.
type witness struct {
	core.Provider

	mu   sync.Mutex
	errs []error
}

func (w *witness) note(err error) error {
	if err != nil {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.errs = append(w.errs, err)
	}
	return err
}

func (w *witness) Submit(ctx context.Context, batch core.Batch) (core.Submission, error) {
	submission, err := w.Provider.Submit(ctx, batch)
	return submission, w.note(err)
}

func (w *witness) Job(ctx context.Context, id string) (core.Job, error) {
	job, err := w.Provider.Job(ctx, id)
	return job, w.note(err)
}

func (w *witness) Quota(ctx context.Context) (core.Quota, error) {
	left, err := quota(ctx, w.Provider)
	return left, w.note(err)
}

// quota asks a driver for the day's quota, if it can be asked.
func quota(ctx context.Context, p core.Provider) (core.Quota, error) {
	meter, ok := p.(core.Meter)
	if !ok {
		return core.Quota{}, errors.New("the driver is no core.Meter")
	}
	return meter.Quota(ctx)
}

// leaks names what the errors quote and must not: a secret or any URL. It
// looks at the causes too, since somebody may print them one day.
func (w *witness) leaks(secrets []string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var found []error
	for _, err := range w.errs {
		for cause := err; cause != nil; cause = errors.Unwrap(cause) {
			text := fmt.Sprintf("%v %+v", cause, cause)
			for i, secret := range secrets {
				if strings.Contains(text, secret) {
					found = append(found, fmt.Errorf("an error of type %T quotes secret number %d", cause, i+1))
				}
			}
			if strings.Contains(text, "://") {
				found = append(found, fmt.Errorf("an error of type %T quotes a URL", cause))
			}
		}
	}
	return errors.Join(found...)
}
