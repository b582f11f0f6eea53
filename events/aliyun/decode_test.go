package aliyun_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
)

// mustDecode decodes a body and drops its Raw, which the golden test checks.
func mustDecode(tb testing.TB, body string) events.Event {
	tb.Helper()
	event, err := aliyun.Decode([]byte(body))
	if err != nil {
		tb.Fatalf("Decode(%.80q): %v", body, err)
	}
	event.Raw = nil
	return event
}

func TestDecodeTolerates(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for name, test := range map[string]struct {
		body string
		want events.Event
	}{
		"an empty object":          {`{}`, events.Event{}},
		"blanks around the object": {" \r\n{\"VideoId\":\"a\"}\n", events.Event{MediaID: "a"}},
		"nulls everywhere": {
			`{"EventType":null,"EventTime":null,"Status":null,"VideoId":null,"StreamInfos":null,"Extend":null,"Data":null}`,
			events.Event{},
		},
		"a type that is a number":      {`{"EventType":7}`, events.Event{Type: "7"}},
		"a type in another case":       {`{"EventType":"transcodecomplete"}`, events.Event{Type: "transcodecomplete"}},
		"the first of four IDs":        {`{"AttachedMediaId":"d","ImageId":"c","MediaId":"b","VideoId":"a"}`, events.Event{MediaID: "a"}},
		"an empty ID before another":   {`{"VideoId":"","MediaId":"b"}`, events.Event{MediaID: "b"}},
		"an ID that is an object":      {`{"VideoId":{"a":1},"MediaId":"b"}`, events.Event{MediaID: "b"}},
		"an ID that is a large number": {`{"VideoId":12345678901234567890123}`, events.Event{MediaID: "12345678901234567890123"}},
		"an escaped ID":                {`{"VideoId":"\u0061\/b\ud83d\ude00"}`, events.Event{MediaID: "a/b😀"}},
		"bytes that are not UTF-8":     {"{\"VideoId\":\"a\xff\"}", events.Event{MediaID: "a\uFFFD"}},
		"the last of doubled keys":     {`{"VideoId":"a","VideoId":"b"}`, events.Event{MediaID: "b"}},
		"null after a value":           {`{"VideoId":"a","VideoId":null}`, events.Event{MediaID: "a"}},
		"streams that are no list":     {`{"StreamInfos":{"a":1},"VideoId":"a"}`, events.Event{MediaID: "a"}},
		"snapshots that are no list":   {`{"SnapshotInfos":"x","VideoId":"a"}`, events.Event{MediaID: "a"}},
		"streams that are no objects": {
			`{"StreamInfos":["x",3,{"Format":"MP4"}]}`,
			events.Event{Streams: []events.Stream{{}, {}, {Format: "mp4"}}},
		},
		"deep nesting that nobody needs": {`{"Extra":` + deep + `,"VideoId":"a"}`, events.Event{MediaID: "a"}},
		"deep nesting in a list of ours": {`{"StreamInfos":` + deep + `,"VideoId":"a"}`, events.Event{MediaID: "a", Streams: []events.Stream{{}}}},
		"Extend as a number":             {`{"Extend":1.50}`, events.Event{Extend: "1.50"}},
		"Extend as a list":               {`{"Extend":[ 1, "a b" ]}`, events.Event{Extend: `[1,"a b"]`}},
		"Extend not UTF-8":               {"{\"Extend\":[\"\xff\"]}", events.Event{Extend: "[\"\uFFFD\"]"}},
		"a code that says OK":            {`{"Code":"ok","Message":"OK"}`, events.Event{}},
		"a code beside an error code": {
			`{"Code":"9","Message":"nine","ErrorCode":"E","ErrorMessage":"text"}`,
			events.Event{ErrorCode: "E", ErrorMessage: "text"},
		},
		"a suggestion outside a review": {`{"EventType":"Mine","Data":{"Suggestion":"block"}}`, events.Event{Type: "Mine"}},
		"a task ID outside a workflow":  {`{"TaskId":"t","JobId":"j"}`, events.Event{JobIDs: []string{"j"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.want.Provider, test.want.Kind = events.Aliyun, events.Unknown
			if got := mustDecode(t, test.body); !reflect.DeepEqual(got, test.want) {
				t.Errorf("\n got %s\nwant %s", show(got), show(test.want))
			}
		})
	}
}

func TestDecodeManyStreams(t *testing.T) {
	t.Parallel()
	const n = 40
	body := `{"StreamInfos":[` + strings.TrimSuffix(strings.Repeat(`{"Definition":"4K-x","JobId":"j"},`, n), ",") + `]}`
	got := mustDecode(t, body)
	if len(got.Streams) != n || len(got.JobIDs) != n {
		t.Fatalf("%d streams and %d jobs, want %d each", len(got.Streams), len(got.JobIDs), n)
	}
	for i, stream := range got.Streams {
		if want := (events.Stream{Definition: "4K", JobID: "j"}); stream != want {
			t.Errorf("stream %d is %+v, want %+v", i, stream, want)
		}
	}
}

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	const private = "SECRET-PART-OF-THE-BODY"
	for name, test := range map[string]struct{ body, want string }{
		"nothing":                {"", "empty"},
		"blanks":                 {" \n", "empty"},
		"a list":                 {`["` + private + `"]`, "neither a JSON object nor base64 of one"},
		"a string":               {`"` + private + `"`, "neither"},
		"null":                   {`null`, "neither"},
		"a number":               {`12345678`, "neither"},
		"a form":                 {"EventType=x&" + private, "neither"},
		"XML":                    {"<Message>" + private + "</Message>", "neither"},
		"a cut-off object":       {`{"VideoId":"` + private, "unexpected end"},
		"two objects":            {`{} {"a":"` + private + `"}`, "after top-level value"},
		"no quotes":              {`{VideoId:1}`, "looking for beginning of object key"},
		"too deep":               {`{"a":` + strings.Repeat("[", 20000), "depth"},
		"base64 of a list":       {base64.StdEncoding.EncodeToString([]byte(`["` + private + `"]`)), "neither"},
		"base64 of a cut object": {base64.StdEncoding.EncodeToString([]byte(`{"a":"` + private)), "unexpected end"},
		"base64 twice":           {"ZXlKV2FXUmxiMGxrSWpvaVlTSjk=", "neither"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event, err := aliyun.Decode([]byte(test.body))
			refused, ok := errors.AsType[*aliyun.DecodeError](err)
			if !ok {
				t.Fatalf("error is %v, want a *DecodeError", err)
			}
			text := err.Error()
			if !strings.HasPrefix(text, "callback body: ") || !strings.Contains(text, test.want) {
				t.Errorf("error %q, want one with %q", text, test.want)
			}
			if strings.Contains(text, private) || len(text) > 120 {
				t.Errorf("error %q shows too much of the body", text)
			}
			if !reflect.DeepEqual(event, events.Event{}) {
				t.Errorf("an event beside the error: %s", show(event))
			}
			if _, syntax := errors.AsType[*json.SyntaxError](err); syntax != (refused.Err != nil) {
				t.Errorf("cause is %v", refused.Err)
			}
		})
	}
}

func TestDecodeVocabularies(t *testing.T) {
	t.Parallel()
	for field, words := range map[string]map[string]string{
		"Status": {
			`"success"`: "success", `"Success"`: "success", `"SUCCEED"`: "success",
			`"fail"`: "failure", `"Failed"`: "failure", `"failed"`: "failure",
			`"Processing"`: "unknown", `200`: "unknown", `true`: "unknown", `""`: "", `null`: "", `{}`: "",
		},
		"Definition": {
			`"FD"`: "FD", `"ld"`: "LD", `"SD"`: "SD", `"Hd-Mp4"`: "HD", `"2K"`: "2K", `"4k-a-b"`: "4K", `"OD"`: "OD",
			`"SQ"`: "SQ", `"HQ"`: "HQ", `"auto"`: "AUTO",
			`"HDMP4"`: "", `"-HD"`: "", `"8K"`: "", `""`: "", `4`: "", `null`: "",
		},
		"Format": {
			`"mp4"`: "mp4", `"M3U8"`: "m3u8", `"mp3"`: "mp3", `"Flv"`: "flv", `"webm"`: "webm", `"ts"`: "ts",
			`"mkv"`: "", `"mp4,m3u8"`: "", `4`: "", `[]`: "",
		},
	} {
		for word, want := range words {
			t.Run(field+" "+word, func(t *testing.T) {
				t.Parallel()
				stream := mustDecode(t, `{"StreamInfos":[{"`+field+`":`+word+`}]}`).Streams[0]
				got := map[string]string{
					"Status": string(stream.Status), "Definition": stream.Definition, "Format": stream.Format,
				}
				if got[field] != want {
					t.Errorf("%s %s is %q, want %q", field, word, got[field], want)
				}
			})
		}
	}
}

func TestDecodeTime(t *testing.T) {
	t.Parallel()
	second := time.Date(2022, 10, 20, 10, 29, 46, 0, time.UTC)
	for body, want := range map[string]time.Time{
		`"2022-10-20T10:29:46Z"`:                  second,
		`"2022-10-20T18:29:46+08:00"`:             second,
		`"2022-10-20T10:29:46.54Z"`:               second.Add(540 * time.Millisecond),
		`"2022-10-20T10:29:46:540Z"`:              second.Add(540 * time.Millisecond),
		`"2022-10-20T18:29:46:540+08:00"`:         second.Add(540 * time.Millisecond),
		`"2022-10-20T10:29:46"`:                   {},
		`"2022-10-20T10:29:46:"`:                  {},
		`"2022-10-20 10:29:46"`:                   {},
		`"2022-13-20T10:29:46Z"`:                  {},
		`"` + strings.Repeat("2022-10-", 9) + `"`: {},
		`1666261786`:                              {},
		`""`:                                      {},
		`[]`:                                      {},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			got := mustDecode(t, `{"EventTime":`+body+`}`).Time
			if !got.Equal(want) || got.Location() != time.UTC {
				t.Errorf("time is %v, want %v", got, want)
			}
		})
	}
}

func TestDecodeReview(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]events.Review{
		`"AuditStatus":"Blocked"`:                              events.Blocked,
		`"AuditStatus":"BLOCKED","Data":{"Suggestion":"pass"}`: events.Blocked,
		`"AuditStatus":"Passed"`:                               events.Passed,
		`"AuditStatus":"Init"`:                                 events.ReviewAbsent,
		`"Data":{"Suggestion":"Block"}`:                        events.Blocked,
		`"Data":{"Suggestion":"blocked"}`:                      events.Blocked,
		`"Data":"{\"Suggestion\":\"review\"}"`:                 events.Undecided,
		`"Data":{"Suggestion":{"a":1}}`:                        events.ReviewAbsent,
		`"Data":{"VideoResult":{"Suggestion":"block"}}`:        events.ReviewAbsent,
		`"Data":"not JSON"`:                                    events.ReviewAbsent,
		`"Data":[]`:                                            events.ReviewAbsent,
		`"Data":0`:                                             events.ReviewAbsent,
		`"Data":null`:                                          events.ReviewAbsent,
		`"Reason":"none"`:                                      events.ReviewAbsent,
	} {
		for _, eventType := range []string{"CreateAuditComplete", "AIMediaAuditComplete"} {
			t.Run(eventType+" "+body, func(t *testing.T) {
				t.Parallel()
				if got := mustDecode(t, `{"EventType":"`+eventType+`",`+body+`}`).Review; got != want {
					t.Errorf("review is %q, want %q", got, want)
				}
			})
		}
	}
}

func TestDecodeSnapshotStatus(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]events.Status{
		`"SnapshotInfos":[]`:   events.StatusAbsent,
		`"SnapshotInfos":[{}]`: events.StatusAbsent,
		`"SnapshotInfos":[{"Status":"fail"},{"Status":"fail"}]`:    events.Failure,
		`"SnapshotInfos":[{"Status":"fail"},{"Status":"success"}]`: events.Success,
		`"SnapshotInfos":[{"Status":"odd"},{"Status":"fail"}]`:     events.Failure,
		`"SnapshotInfos":[{"Status":"odd"},{}]`:                    events.StatusUnknown,
		`"Status":"fail","SnapshotInfos":[{"Status":"success"}]`:   events.Failure,
		`"StreamInfos":[{"Status":"success"}]`:                     events.StatusAbsent,
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			if got := mustDecode(t, `{"EventType":"SnapshotComplete",`+body+`}`).Status; got != want {
				t.Errorf("status is %q, want %q", got, want)
			}
		})
	}
}

func TestDecodeTakesAByteOrderMark(t *testing.T) {
	t.Parallel()
	event, err := aliyun.Decode([]byte("\xef\xbb\xbf{\"VideoId\":\"a\"}"))
	if err != nil || event.MediaID != "a" || string(event.Raw) != `{"VideoId":"a"}` {
		t.Errorf("got %+v, %v", event, err)
	}
}

func TestDecodeRawIsTheBody(t *testing.T) {
	t.Parallel()
	body := []byte(` {"VideoId":"a"} `)
	event, err := aliyun.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	if &event.Raw[0] != &body[0] || len(event.Raw) != len(body) {
		t.Errorf("Raw is %q, want the body itself", event.Raw)
	}
}
