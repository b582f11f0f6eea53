package huawei_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
)

func TestDecodeTolerates(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	cut := events.Event{Type: "cutComplete", Kind: events.Other}
	transcoded := events.Event{Type: "transcodeComplete", Kind: events.Transcoded}
	with := func(e events.Event, change func(*events.Event)) events.Event {
		change(&e)
		return e
	}
	for name, test := range map[string]struct {
		body string
		want events.Event
	}{
		"an empty object":        {`{}`, events.Event{Kind: events.Unknown}},
		"blanks around":          {" \r\n{\"event_type\":\"cutComplete\"}\n", cut},
		"nulls":                  {`{"event_type":"cutComplete","cut_info":null}`, cut},
		"nulls inside":           {`{"event_type":"cutComplete","cut_info":{"asset_id":null,"status":null,"output":null,"error_code":null}}`, cut},
		"a type in capitals":     {`{"EVENT_TYPE":"CUTCOMPLETE"}`, cut},
		"a type that is unknown": {`{"event_type":"NewComplete","new_info":{"asset_id":"a"}}`, events.Event{Type: "NewComplete", Kind: events.Unknown, MediaID: "a"}},
		"a type of another form": {`{"event_type":"gone","gone_info":{"asset_id":"a"}}`, events.Event{Type: "gone", Kind: events.Unknown, MediaID: "a"}},
		"a type that is a number": {
			`{"event_type":7,"7_info":{"asset_id":"a"}}`,
			events.Event{Type: "7", Kind: events.Unknown, MediaID: "a"},
		},
		"the member of another event": {`{"event_type":"cutComplete","concat_info":{"asset_id":"a"}}`, cut},
		"a member that is no object":  {`{"event_type":"cutComplete","cut_info":["a"]}`, cut},
		"an ID that is a number": {
			`{"event_type":"cutComplete","cut_info":{"asset_id":12345678901234567890123}}`,
			with(cut, func(e *events.Event) { e.MediaID = "12345678901234567890123" }),
		},
		"an ID that is an object": {`{"event_type":"cutComplete","cut_info":{"asset_id":{"a":1}}}`, cut},
		"both spellings of an ID": {
			`{"event_type":"cutComplete","cut_info":{"asset_id":"a","assetId":"b","ASSET_ID":"c"}}`,
			with(cut, func(e *events.Event) { e.MediaID = "a" }),
		},
		"null beside another spelling": {
			`{"event_type":"cutComplete","cut_info":{"assetId":"b","asset_id":null}}`,
			with(cut, func(e *events.Event) { e.MediaID = "b" }),
		},
		"the last of doubled names": {
			`{"event_type":"cutComplete","cut_info":{"asset_id":"a","asset_id":"b"}}`,
			with(cut, func(e *events.Event) { e.MediaID = "b" }),
		},
		"a status of no vocabulary": {
			`{"event_type":"cutComplete","cut_info":{"status":"HALF"}}`,
			with(cut, func(e *events.Event) { e.Status = events.StatusUnknown }),
		},
		"a code that is null in words": {`{"event_type":"cutComplete","cut_info":{"error_code":"null","error_msg":"null"}}`, cut},
		"a verdict of no review":       {`{"event_type":"cutComplete","cut_info":{"suggestion":"BLOCK"}}`, cut},
		"a verdict of no vocabulary": {
			`{"event_type":"reviewComplete","review_info":{"suggestion":"MAYBE"}}`,
			events.Event{Type: "reviewComplete", Kind: events.Reviewed},
		},
		"an output that is no list": {`{"event_type":"transcodeComplete","transcode_info":{"output":{"url":"u"}}}`, transcoded},
		"outputs that are no objects": {
			`{"event_type":"transcodeComplete","transcode_info":{"output":["x",3,null,{"url":"u","play_type":"Flv","quality":"4k"}]}}`,
			with(transcoded, func(e *events.Event) {
				e.Streams = []events.Stream{{Format: "flv", Definition: "4K", URL: "u"}}
			}),
		},
		"deep nesting that nobody needs": {`{"event_type":"cutComplete","x":` + deep + `}`, cut},
		"bytes that are not UTF-8": {
			"{\"event_type\":\"cutComplete\",\"cut_info\":{\"asset_id\":\"a\xff\"}}",
			with(cut, func(e *events.Event) { e.MediaID = "a\uFFFD" }),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := huawei.Decode([]byte(test.body))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Raw) != test.body {
				t.Errorf("Raw is %.80q, want the body", got.Raw)
			}
			got.Raw, test.want.Provider = nil, events.Huawei
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("\n got %s\nwant %s", show(got), show(test.want))
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const private = "SECRET-PART-OF-THE-BODY"
	const help = "choose JSON as the message type in the VOD console"
	for name, test := range map[string]struct{ body, want string }{
		"nothing":          {"", "empty"},
		"blanks":           {" \n", "empty"},
		"template text":    {"[VOD] The asset " + private + " has been transcoded.", help},
		"Chinese template": {"【视频点播】" + private, help},
		"a list":           {`["` + private + `"]`, help},
		"a string":         {`"` + private + `"`, help},
		"null":             {`null`, help},
		"a number":         {`12345678`, help},
		"a cut-off object": {`{"event_type":"` + private, "unexpected end"},
		"two objects":      {`{} {"a":"` + private + `"}`, "after top-level value"},
		"too deep":         {`{"a":` + strings.Repeat("[", 20000), "depth"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event, err := huawei.Decode([]byte(test.body))
			if _, ok := errors.AsType[*huawei.DecodeError](err); !ok {
				t.Fatalf("error is %v, want a *DecodeError", err)
			}
			if !strings.HasPrefix(err.Error(), "callback message: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q, want one with %q", err, test.want)
			}
			if strings.Contains(err.Error(), private) {
				t.Errorf("error %q shows the body", err)
			}
			if !reflect.DeepEqual(event, events.Event{}) {
				t.Errorf("event %s beside an error", show(event))
			}
		})
	}
}

func TestDecodeErrorHasItsCause(t *testing.T) {
	t.Parallel()
	_, err := huawei.Decode([]byte(`{"a"`))
	if errors.Unwrap(err) == nil {
		t.Errorf("error %q hides what encoding/json said", err)
	}
	_, err = huawei.Decode([]byte(`[]`))
	if errors.Unwrap(err) != nil {
		t.Errorf("error %q has the cause %v, but the JSON is valid", err, errors.Unwrap(err))
	}
}
