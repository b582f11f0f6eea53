package core_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events"
)

// names are n media IDs with quotes and a comma between.
func names(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`"m%04d"`, i)
	}
	return strings.Join(all, ",")
}

func TestParseRequest(t *testing.T) {
	t.Parallel()
	refresh := core.Options{TaskType: core.Refresh}
	with := func(set func(*core.Options)) core.Options {
		o := refresh
		set(&o)
		return o
	}
	media := func(o core.Options, ids ...string) core.Request {
		return core.Request{Provider: events.Aliyun, MediaIDs: ids, Options: o}
	}
	for body, want := range map[string]core.Request{
		`{"MediaIds":"a"}`:                                                     media(refresh, "a"),
		`{"MediaIds":" a, b ,,a,c, "}`:                                         media(refresh, "a", "b", "c"),
		`{"MediaIds":["a"," b ","","a"]}`:                                      media(refresh, "a", "b"),
		`{"MediaIds":["a,b","b, c"]}`:                                          media(refresh, "a", "b", "c"),
		`{"MediaIds":"a","TaskType":"Preload"}`:                                media(core.Options{TaskType: core.Preload}, "a"),
		`{"MediaIds":"a","SliceCount":1}`:                                      media(with(func(o *core.Options) { o.SliceCount = 1 }), "a"),
		`{"MediaIds":"a","SliceCount":20}`:                                     media(with(func(o *core.Options) { o.SliceCount = 20 }), "a"),
		`{"MediaIds":"a","SliceFlag":true}`:                                    media(with(func(o *core.Options) { o.SliceFlag = "true" }), "a"),
		`{"MediaIds":"a","SliceFlag":false}`:                                   media(with(func(o *core.Options) { o.SliceFlag = "false" }), "a"),
		`{"MediaIds":"a","ResultType":"Multiple"}`:                             media(with(func(o *core.Options) { o.ResultType = "Multiple" }), "a"),
		`{"MediaIds":"a","Formats":"mp4, m3u8"}`:                               media(with(func(o *core.Options) { o.Formats = "mp4,m3u8" }), "a"),
		`{"MediaIds":"a","Formats":["mp4","mp4"]}`:                             media(with(func(o *core.Options) { o.Formats = "mp4" }), "a"),
		`{"MediaIds":"a","Definitions":["2K","4K"]}`:                           media(with(func(o *core.Options) { o.Definitions = "2K,4K" }), "a"),
		`{"MediaIds":"a","StreamType":"video,audio"}`:                          media(with(func(o *core.Options) { o.StreamType = "video,audio" }), "a"),
		`{"MediaIds":"a","UserData":"{\"Extend\":1}"}`:                         media(with(func(o *core.Options) { o.UserData = `{"Extend":1}` }), "a"),
		`{"MediaIds":"a","UserData":{"Extend" : [1]}}`:                         media(with(func(o *core.Options) { o.UserData = `{"Extend":[1]}` }), "a"),
		`{"MediaIds":"a","dryRun":true}`:                                       {Provider: events.Aliyun, MediaIDs: []string{"a"}, Options: refresh, DryRun: true},
		`{"asset_id_list":["a","b"],"provider":"huawei"}`:                      {Provider: events.Huawei, MediaIDs: []string{"a", "b"}, Options: refresh},
		`{"asset_id_list":" a,b,a ","provider":"huawei","TaskType":"Preload"}`: {Provider: events.Huawei, MediaIDs: []string{"a", "b"}, Options: core.Options{TaskType: core.Preload}},
		`{"urls":["https://a/b"],"MediaIds":null,"provider":"huawei"}`:         {Provider: events.Huawei, URLs: []string{"https://a/b"}, Options: refresh},
		`{"MediaIds":"a","urls":null,"TaskType":null,"Formats":null,"SliceFlag":null,"SliceCount":null,"UserData":null,"provider":null,"dryRun":null}`: media(refresh, "a"),
		`{"urls":["https://v.example.com/a.m3u8"," http://v.example.com/b.mp4?x=1,2 ","https://v.example.com/a.m3u8",""],"TaskType":"Preload"}`: {
			Provider: events.Aliyun, URLs: []string{"https://v.example.com/a.m3u8", "http://v.example.com/b.mp4?x=1,2"},
			Options: core.Options{TaskType: core.Preload},
		},
	} {
		t.Run(body, func(t *testing.T) {
			t.Parallel()
			got, err := core.ParseRequest([]byte(body), events.Aliyun, events.Huawei)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.MediaIDs) == 0 && len(got.URLs) == 0 {
				t.Fatal("names nothing")
			}
			if len(got.URLs) == 0 {
				got.URLs = nil
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("is %+v, want %+v", got, want)
			}
		})
	}
}

func TestParseRequestTakesAsManyAsAllowed(t *testing.T) {
	t.Parallel()
	got, err := core.ParseRequest([]byte(`{"MediaIds":[`+names(core.MaxTargets)+`,"m0000"]}`), events.Aliyun)
	if err != nil || len(got.MediaIDs) != core.MaxTargets {
		t.Errorf("%d media and a double give %d media, %v", core.MaxTargets, len(got.MediaIDs), err)
	}
}

// A URL is measured in characters, as the platforms do, not in bytes.
func TestParseRequestCountsCharacters(t *testing.T) {
	t.Parallel()
	const host = "https://a.example/"
	for n, fits := range map[int]bool{core.MaxURL: true, core.MaxURL + 1: false} {
		url := host + strings.Repeat("视", n-len(host))
		got, err := core.ParseRequest([]byte(`{"provider":"huawei","urls":["`+url+`"]}`), events.Huawei)
		if (err == nil) != fits || fits && got.URLs[0] != url {
			t.Errorf("%d characters: %v", n, err)
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	t.Parallel()
	const (
		list    = "must be a comma-separated string or an array of strings, not "
		count   = "SliceCount: must be a whole number between 1 and 20, not "
		data    = "UserData: must be a JSON object of at most 1024 bytes, not "
		id      = "MediaIds: must be 1 to 64 printable characters without blanks and commas, not "
		link    = "urls: must be an absolute http or https URL of at most 10240 characters, not "
		missing = `MediaIds: needs 1 to 2000 media IDs, or urls instead, not ""`
		known   = "is unknown; known are Definitions, Formats, MediaIds, ResultType, SliceCount, SliceFlag, StreamType, TaskType, UserData, asset_id_list, dryRun, provider, urls, not "
	)
	on := func(member string) string { return `{"MediaIds":"a",` + member + `}` }
	for body, want := range map[string][]string{
		``:                             {`body: must be a JSON object, not ""`},
		`null`:                         {`body: must be a JSON object, not "null"`},
		`["a"]`:                        {`body: must be a JSON object, not "[\"a\"]"`},
		`{"MediaIds":"a"} x`:           {`body: must be a JSON object, not "{\"MediaIds\":\"a\"} x"`},
		`{}`:                           {missing},
		`{"MediaIds":null}`:            {missing},
		`{"MediaIds":" , "}`:           {missing},
		`{"MediaIds":[""]}`:            {missing},
		`{"urls":[]}`:                  {missing},
		`{"MediaIds":5}`:               {`MediaIds: ` + list + `"5"`},
		`{"MediaIds":[5]}`:             {`MediaIds: ` + list + `"[5]"`},
		`{"MediaIds":"a b"}`:           {id + `"a b"`},
		`{"MediaIds":"é"}`:             {id + `"é"`},
		`{"MediaIds":["a","b\u0000"]}`: {id + `"b\x00"`},
		`{"mediaIds":"a"}`:             {`mediaIds: ` + known + `"a"`, missing},
		on(`"MediaIDs":"b"`):           {`MediaIDs: ` + known + `"b"`},
		on(`"TaskType":"refresh"`):     {`TaskType: must be one of Refresh, Preload, not "refresh"`},
		`{"TaskType":"Purge","SliceFlag":"yes","MediaIds":7}`: {
			`MediaIds: must be a comma-separated string or an array of strings, not "7"`,
			`SliceFlag: must be true or false, not "yes"`,
			`TaskType: must be one of Refresh, Preload, not "Purge"`,
		},
		on(`"provider":"tencent","TaskType":"Purge"`): {
			`TaskType: must be one of Refresh, Preload, not "Purge"`, `provider: must be one of aliyun, huawei, not "tencent"`,
		},
		on(`"TaskType":""`):             {`TaskType: is required, not ""`},
		on(`"TaskType":1`):              {`TaskType: must be a string, not "1"`},
		on(`"Formats":"mp4,avi"`):       {`Formats: each value must be one of mp4, m3u8, mp3, flv, webm, ts, not "mp4,avi"`},
		on(`"Formats":"MP4"`):           {`Formats: each value must be one of mp4, m3u8, mp3, flv, webm, ts, not "MP4"`},
		on(`"Formats":{}`):              {`Formats: ` + list + `"{}"`},
		on(`"Definitions":["HD-MP4"]`):  {`Definitions: each value must be one of FD, LD, SD, HD, 2K, 4K, OD, SQ, HQ, AUTO, not "HD-MP4"`},
		on(`"StreamType":"subtitle"`):   {`StreamType: each value must be one of video, audio, not "subtitle"`},
		on(`"ResultType":"Both"`):       {`ResultType: must be one of Single, Multiple, not "Both"`},
		on(`"ResultType":true`):         {`ResultType: must be a string, not "true"`},
		on(`"SliceFlag":"yes"`):         {`SliceFlag: must be true or false, not "yes"`},
		on(`"SliceFlag":1`):             {`SliceFlag: must be true or false, not "1"`},
		on(`"SliceCount":0`):            {count + `"0"`},
		on(`"SliceCount":"5"`):          {count + `"5"`},
		on(`"SliceCount":2.5`):          {count + `"2.5"`},
		on(`"SliceCount":21`):           {`SliceCount: must be between 1 and 20, not 21`},
		on(`"SliceCount":-1`):           {`SliceCount: must be between 1 and 20, not -1`},
		on(`"UserData":"free text"`):    {data + `"free text"`},
		on(`"UserData":"{"`):            {data + `"{"`},
		on(`"UserData":[1, 2]`):         {data + `"[1,2]"`},
		on(`"UserData":7`):              {data + `"7"`},
		on(`"dryRun":"true"`):           {`dryRun: must be true or false, not "true"`},
		on(`"provider":5`):              {`provider: must be a string, not "5"`},
		`{"urls":"https://a.example/"}`: {`urls: must be an array of strings, not "https://a.example/"`},
		`{"urls":["/a.mp4"]}`:           {link + `"/a.mp4"`},
		`{"urls":["ftp://a.example/"]}`: {link + `"ftp://a.example/"`},
		`{"urls":["https://"]}`:         {link + `"https://"`},
		`{"urls":["https://:443/a"]}`:   {link + `"https://:443/a"`},
		`{"urls":["https://a/%zz"]}`:    {link + `"https://a/%zz"`},
		`{"urls":["https://a/b c"]}`:    {link + `"https://a/b c"`},
		`{"urls":["https://a/b\nc"]}`:   {link + `"https://a/b\nc"`},
		`{"urls":["https://a/\u007f"]}`: {link + `"https://a/\x7f"`},
		on(`"urls":["https://a/b"]`):    {`urls: cannot be given together with MediaIds, not "https://a/b"`},
		`{"urls":["https://a/b"],"Formats":"mp4","Definitions":"HD","StreamType":"audio","ResultType":"Single","SliceFlag":false,"SliceCount":3,"UserData":{}}`: {
			`Formats: applies to MediaIds, not to urls, not "mp4"`,
			`Definitions: applies to MediaIds, not to urls, not "HD"`,
			`StreamType: applies to MediaIds, not to urls, not "audio"`,
			`ResultType: applies to MediaIds, not to urls, not "Single"`,
			`SliceFlag: applies to MediaIds, not to urls, not "false"`,
			`SliceCount: applies to MediaIds, not to urls, not 3`,
			`UserData: applies to MediaIds, not to urls, not "{}"`,
		},
		`{"MediaIds":["a b","c","d e"],"TaskType":"Purge","SliceCount":99}`: {
			id + `"a b"`, id + `"d e"`,
			`TaskType: must be one of Refresh, Preload, not "Purge"`, `SliceCount: must be between 1 and 20, not 99`,
		},
		on(`"SliceCount":"many","SliceFlag":"on","Colour":"red"`): {`Colour: ` + known + `"red"`, count + `"many"`, `SliceFlag: must be true or false, not "on"`},
		`{"provider":"huawei"}`:                                   {`asset_id_list: needs 1 to 2000 media IDs, or urls instead, not ""`},
		`{"provider":"huawei","asset_id_list":7}`:                 {`asset_id_list: ` + list + `"7"`},
		`{"provider":"huawei","MediaIds":"a"}`:                    {`MediaIds: is aliyun's name for it, with provider huawei use asset_id_list, not "a"`},
		`{"provider":"huawei","MediaIds":["a"],"asset_id_list":["b"]}`: {
			`MediaIds: is aliyun's name for it, with provider huawei use asset_id_list, not "a"`,
		},
		`{"asset_id_list":["a"]}`:                  {`asset_id_list: is huawei's name for it, set "provider": "huawei" as well, or use MediaIds, not "a"`},
		`{"asset_id_list":["a"],"MediaIds":["b"]}`: {`asset_id_list: is huawei's name for it, set "provider": "huawei" as well, or use MediaIds, not "a"`},
		`{"provider":"huawei","asset_id_list":["a b"]}`: {
			`asset_id_list: must be 1 to 64 printable characters without blanks and commas, not "a b"`,
		},
		`{"provider":"huawei","asset_id_list":["a"],"urls":["https://a/b"]}`: {
			`urls: cannot be given together with asset_id_list, not "https://a/b"`,
		},
		`{"provider":"huawei","urls":["https://a/` + strings.Repeat("x", 11_000) + `"]}`: {link + `"https://a/` + strings.Repeat("x", 53) + `…`},
		`{"provider":"huawei","asset_id_list":[` + names(2001) + `]}`:                    {`asset_id_list: must have at most 2000 values, not 2001`},
		`{"provider":"huawei","asset_id_list":"a","Formats":"mp4","SliceFlag":true,"UserData":"{}"}`: {
			`Formats: is an option of aliyun's, huawei has none, not "mp4"`,
			`SliceFlag: is an option of aliyun's, huawei has none, not "true"`,
			`UserData: is an option of aliyun's, huawei has none, not "{}"`,
		},
		`{"MediaIds":[` + names(2001) + `]}`: {`MediaIds: must have at most 2000 values, not 2001`},
	} {
		t.Run(fmt.Sprintf("%.60s", body), func(t *testing.T) {
			t.Parallel()
			request, err := core.ParseRequest([]byte(body), events.Aliyun, events.Huawei)
			if got := fields(t, err); !reflect.DeepEqual(got, want) {
				t.Errorf("names\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
			if !reflect.DeepEqual(request, core.Request{}) {
				t.Errorf("returns %+v all the same", request)
			}
		})
	}
}

// fields are the wrong fields that err names, as text.
func fields(t *testing.T, err error) []string {
	t.Helper()
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Kind != core.Invalid {
		t.Fatalf("error is %v, want one of kind invalid", err)
	}
	all := make([]string, len(e.Fields))
	for i, f := range e.Fields {
		all[i] = f.String()
		if !strings.Contains(e.Error(), all[i]) {
			t.Errorf("%q does not show %q", e, all[i])
		}
	}
	return all
}

// What is too long is not repeated in full.
func TestParseRequestShortensWhatItRefuses(t *testing.T) {
	t.Parallel()
	const most = 64 + len("…")
	long := strings.Repeat("x", core.MaxURL)
	for name, body := range map[string]string{
		"UserData":     `{"MediaIds":"a","UserData":"` + strings.Repeat(" ", core.MaxUserData-1) + `{}"}`,
		"an object":    `{"MediaIds":"a","UserData":{"Extend":"` + long + `"}}`,
		"a media ID":   `{"MediaIds":"` + strings.Repeat("x", 10*core.MaxMediaID) + `"}`,
		"a URL":        `{"urls":["https://a.example/` + long + `"]}`,
		"a body":       `"` + long + `"`,
		"a wrong type": `{"MediaIds":"a","SliceCount":"` + long + `"}`,
		"a name":       `{"MediaIds":"a","` + long + `":1}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := core.ParseRequest([]byte(body), events.Aliyun)
			fields(t, err)
			e, _ := errors.AsType[*core.Error](err)
			for _, f := range e.Fields {
				if shown := fmt.Sprint(f.Value); len(shown) > most || len(f.Field) > most {
					t.Errorf("repeats %d bytes of a field whose name has %d", len(shown), len(f.Field))
				}
			}
			if len(err.Error()) > 500 {
				t.Errorf("the text has %d bytes", len(err.Error()))
			}
		})
	}
}

// A provider that is not set up is named, with those that are.
func TestParseRequestKnowsWhoIsSetUp(t *testing.T) {
	t.Parallel()
	for body, want := range map[string][]string{
		`{"asset_id_list":["a"],"provider":"huawei"}`: {`provider: must be one of aliyun, not "huawei"`},
		`{"MediaIds":"a","provider":"tencent"}`:       {`provider: must be one of aliyun, not "tencent"`},
	} {
		if _, err := core.ParseRequest([]byte(body), events.Aliyun); !reflect.DeepEqual(fields(t, err), want) {
			t.Errorf("%s: %v, want %v", body, err, want)
		}
	}
	_, err := core.ParseRequest([]byte(`{"MediaIds":"a"}`), events.Huawei)
	if want := []string{`provider: must be one of huawei, not "aliyun"`}; !reflect.DeepEqual(fields(t, err), want) {
		t.Errorf("%v, want %v", err, want)
	}
}

func TestRequestTasks(t *testing.T) {
	t.Parallel()
	preload := core.Options{TaskType: core.Preload}
	for name, test := range map[string]struct {
		request core.Request
		want    []core.Task
	}{
		"media": {
			core.Request{Provider: events.Aliyun, MediaIDs: []string{"b", "a"}, Options: preload},
			[]core.Task{
				{Provider: events.Aliyun, Target: core.Media, ID: "b", Options: preload},
				{Provider: events.Aliyun, Target: core.Media, ID: "a", Options: preload},
			},
		},
		"URLs": {
			core.Request{Provider: events.Huawei, URLs: []string{"https://a/b"}, Options: preload},
			[]core.Task{{Provider: events.Huawei, Target: core.URL, ID: "https://a/b", Options: preload}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := test.request.Tasks()
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("are %+v, want %+v", got, test.want)
			}
			for _, task := range got {
				if !task.Manual() {
					t.Errorf("%s looks like an event's", task.ID)
				}
			}
		})
	}
}
