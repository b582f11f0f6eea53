package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

func TestDrain(t *testing.T) {
	t.Parallel()
	still := stillness{media: 40, quiet: 3 * time.Second, patience: time.Minute}
	broken := errors.New("the server ended")
	for name, test := range map[string]struct {
		look func(at time.Duration) (stats, error) // what is seen, so long after the start
		from time.Duration                         // when the drain is seen to be over, and
		to   time.Duration                         // at the latest
		err  error
	}{
		"all there from the start": {
			func(time.Duration) (stats, error) { return stats{Accepted: 2, Media: 40}, nil }, 3 * time.Second, 4 * time.Second, nil,
		},
		"one more after a while": {
			func(at time.Duration) (stats, error) {
				return stats{Accepted: 2 + int(min(at/(2*time.Second), 5)), Media: 40}, nil
			}, 13 * time.Second, 14 * time.Second, nil,
		},
		"some never come": {
			func(time.Duration) (stats, error) { return stats{Accepted: 1, Media: 20}, nil }, time.Minute, 61 * time.Second, nil,
		},
		"a call hangs for a while": {
			func(at time.Duration) (stats, error) {
				if at < 10*time.Second {
					return stats{Accepted: 2, Media: 40, InFlight: 1}, nil
				}
				return stats{Accepted: 3, Media: 40}, nil
			}, 13 * time.Second, 14 * time.Second, nil,
		},
		"nobody to ask": {func(time.Duration) (stats, error) { return stats{}, broken }, 0, 0, broken},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(noon())
			l := &lab{session: &session{clock: c}}
			_, err := l.drain(context.Background(), still, func(context.Context) (stats, error) { return test.look(c.Now().Sub(noon())) })
			if took := c.Now().Sub(noon()); !errors.Is(err, test.err) || took < test.from || took > test.to {
				t.Errorf("it ends after %v with %v, want %v to %v and %v", took, err, test.from, test.to, test.err)
			}
		})
	}
}

func TestUntil(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, test := range map[string]struct {
		after int // how many answers are no
		err   error
		text  string
		slept int
	}{
		"at once": {},
		"later":   {after: 3, slept: 3},
		"never":   {after: 1000, text: "the door opens: not within 1s", slept: 11},
		"broken":  {after: 2, err: broken, text: "broken", slept: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := clock.NewFake(noon())
			s := &session{clock: c}
			asked := 0
			err := s.until(context.Background(), "the door opens", 100*time.Millisecond, time.Second, func() (bool, error) {
				asked++
				return asked > test.after && test.err == nil, map[bool]error{true: test.err}[asked > test.after]
			})
			text := ""
			if err != nil {
				text = err.Error()
			}
			if text != test.text || len(c.Slept()) != test.slept {
				t.Errorf("until returns %q after %d pauses, want %q after %d", text, len(c.Slept()), test.text, test.slept)
			}
		})
	}
}
