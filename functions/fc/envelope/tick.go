package envelope

import (
	"encoding/json"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
)

// Tick is one firing of a timer trigger.
//
// Source: Function Compute, "time triggers".
type Tick struct {
	Trigger string    // its name
	At      time.Time // when it was due; zero if that cannot be read
	Payload string    // as the trigger is configured
}

func decodeTimer(payload []byte) (Event, error) {
	var wire struct {
		TriggerTime text `json:"triggerTime"`
		TriggerName text `json:"triggerName"`
		Payload     text `json:"payload"`
	}
	if err := json.Unmarshal(payload, &wire); err != nil {
		return Event{}, core.Errorf(core.Invalid, "the event of the timer trigger is not JSON")
	}
	at, err := time.Parse(time.RFC3339, string(wire.TriggerTime))
	if err != nil {
		at = time.Time{}
	}
	return Event{Kind: Timer, Tick: Tick{Trigger: string(wire.TriggerName), At: at.UTC(), Payload: string(wire.Payload)}}, nil
}
