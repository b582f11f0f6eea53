package go1

import (
	"context"
	"errors"

	"github.com/aliyun/fc-runtime-go-sdk/fc/messages"
	"github.com/aliyun/fc-runtime-go-sdk/fccontext"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
	"github.com/vodrefresh/vodrefresh/functions/fc/instance"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// Handler answers events of any kind for an instance, as [fc.Start] takes it. A
// request is always answered, with the status that a server would send; an
// error, which is the platform's sign to try again, is for other events. Its
// type is the kind of the error.
//
// [fc.Start]: https://pkg.go.dev/github.com/aliyun/fc-runtime-go-sdk/fc#Start
func Handler(i *instance.Instance) func(ctx context.Context, payload []byte) (any, error) {
	return func(ctx context.Context, payload []byte) (any, error) {
		arrived(ctx, i)
		event, err := envelope.Decode(payload)
		if event.Kind == envelope.HTTP {
			return answer(ctx, i, event.Request, err), nil
		}
		if err != nil {
			return nil, failure(err)
		}
		result, err := i.Handle(ctx, event)
		if err != nil {
			return nil, failure(err)
		}
		return result, nil
	}
}

// arrived passes on the keys of the role that come with the invocation.
func arrived(ctx context.Context, i *instance.Instance) {
	about, ok := fccontext.FromContext(ctx)
	deadline, limited := ctx.Deadline()
	if !ok || !limited {
		return
	}
	i.Arrived(aliyun.Credentials{
		AccessKeyID:     about.Credentials.AccessKeyId,
		AccessKeySecret: secret.New(about.Credentials.AccessKeySecret),
		SecurityToken:   secret.New(about.Credentials.SecurityToken),
	}, deadline)
}

// answer is what the instance answers to a request. flaw is what was wrong with
// the event that brought it.
func answer(ctx context.Context, i *instance.Instance, request envelope.Request, flaw error) envelope.Answer {
	w := envelope.NewWriter(request.Method)
	r, err := request.HTTP(ctx)
	if err = errors.Join(flaw, err); err != nil {
		problem.Error(w, err)
		return w.Answer()
	}
	i.Handler.ServeHTTP(w, r)
	return w.Answer()
}

// failure is an error in the SDK's form: the caller sees its text and its kind.
func failure(err error) error {
	text := "an error of kind " + string(core.KindOf(err))
	if own, ok := errors.AsType[*core.Error](err); ok {
		text = own.Error()
	}
	return messages.InvokeResponse_Error{Message: text, Type: string(core.KindOf(err))}
}
