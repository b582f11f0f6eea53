package events_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/events"
)

// A reader of events asks for kind and status, and never for the words of a
// provider.
func Example() {
	event := events.Event{
		Provider: events.Aliyun,
		Type:     "TranscodeComplete",
		Kind:     events.Transcoded,
		MediaID:  "cb6ae50a7b45103503a349b5449b1a2c",
		Status:   events.Success,
		Streams:  []events.Stream{{Definition: "HD", Format: "m3u8", Status: events.Success}},
	}
	if event.Kind == events.Transcoded && event.Status == events.Success {
		for _, stream := range event.Streams {
			fmt.Println(event.MediaID, stream.Definition, stream.Format)
		}
	}
	// Output:
	// cb6ae50a7b45103503a349b5449b1a2c HD m3u8
}
