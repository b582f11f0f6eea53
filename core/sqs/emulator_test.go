package sqs_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/sqs"
)

// TestEveryCharacter: a message may hold what SQS does not take as it is. The
// emulator, unlike SQS, takes no characters above U+FFFF.
func TestEveryCharacter(t *testing.T) {
	t.Parallel()
	emulator := emulatortest.SQS(t)
	q := open(t, create(t, emulator), sqs.Options{Getenv: emulatortest.Environ("AWS_ENDPOINT_URL_SQS=" + emulator.URL)})
	var text strings.Builder
	for r := range rune(0x100) {
		text.WriteRune(r)
	}
	text.WriteString("\uD7FF\uE000\uFFFD\uFFFE\uFFFF<>&\u2028")
	must(t, q.Enqueue(t.Context(), []core.Message{message(text.String())}))
	got, err := q.Receive(t.Context(), 10, 5*time.Second)
	if err != nil || len(got) != 1 || got[0].Message.Task.ID != text.String() {
		t.Errorf("received %+v, %v", got, err)
	}
}

// TestWithDynamoDB goes the whole way of a delay that is longer than SQS knows,
// and of a dead letter, with the store that a deployment on AWS has.
func TestWithDynamoDB(t *testing.T) {
	t.Parallel()
	emulator, table := emulatortest.SQS(t), emulatortest.DynamoDB(t)
	url := create(t, emulator)
	env := emulatortest.Environ("AWS_ENDPOINT_URL_SQS="+emulator.URL, "AWS_ENDPOINT_URL_DYNAMODB="+table.URL)
	st, err := dynamodb.Open("dynamodb://vodrefresh", dynamodb.Options{Getenv: env})
	must(t, err)
	defer st.Close()
	must(t, st.Ensure(t.Context()))
	q := open(t, url, sqs.Options{Store: st, Getenv: env})
	later := message("later")
	later.Due = time.Now().Add(20 * time.Minute)
	must(t, q.Enqueue(t.Context(), []core.Message{message("held"), message("hopeless")}))
	for range 2 {
		held, err := q.Receive(t.Context(), 1, 5*time.Second)
		if err != nil || len(held) != 1 {
			t.Fatalf("received %v, %v", held, err)
		}
		end := core.Settlement{Delivery: held[0], Dead: "no use"}
		if held[0].Message.Task.ID == "held" {
			end = core.Settlement{Delivery: held[0], Again: &later}
		}
		must(t, q.Settle(t.Context(), []core.Settlement{end}))
	}
	if d, err := q.Depth(t.Context()); err != nil || d != (core.Depth{Delayed: 1, Dead: 1}) {
		t.Errorf("depth is %+v, %v", d, err)
	}
	if n, err := q.Move(t.Context()); n != 0 || err != nil {
		t.Errorf("moved %d, %v: it is not due", n, err)
	}
	then := clock.NewFake(later.Due.Add(time.Second))
	ahead := open(t, url, sqs.Options{Store: st, Getenv: env, Clock: then}) // as if the time had come
	moved, moveErr := ahead.Move(t.Context())
	redriven, redriveErr := ahead.Redrive(t.Context(), nil)
	if err := errors.Join(moveErr, redriveErr); err != nil || moved != 1 || redriven != 1 {
		t.Errorf("moved %d, redriven %d, %v; want 1 each", moved, redriven, err)
	}
	got, err := ahead.Receive(t.Context(), 10, 5*time.Second)
	if err != nil || len(got) != 2 {
		t.Fatalf("received %+v, %v; want both", got, err)
	}
	for _, d := range got {
		if late := d.Message.Task.ID == "later"; d.Attempt != 1 || late != d.Message.Due.Equal(later.Due) || late == d.Message.Redriven {
			t.Errorf("received %+v", d)
		}
	}
	if d, err := q.Depth(t.Context()); err != nil || d != (core.Depth{Ready: 2}) {
		t.Errorf("depth is %+v, %v; want what is in hand", d, err)
	}
}
