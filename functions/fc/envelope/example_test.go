package envelope_test

import (
	"fmt"

	"github.com/vodrefresh/vodrefresh/functions/fc/envelope"
)

func ExampleDecode() {
	e, err := envelope.Decode([]byte(`[{"id":"1","specversion":"1.0","type":"mns:Queue:SendMessage",
		"data":{"messageId":"M","messageBody":"eyJFdmVudFR5cGUiOiJUcmFuc2NvZGVDb21wbGV0ZSJ9"}}]`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, m := range e.Messages {
		fmt.Println(e.Kind, m.ID, string(m.Body))
	}
	// Output: queue M {"EventType":"TranscodeComplete"}
}
