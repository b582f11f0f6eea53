package core_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
)

func TestOptionsValidate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		options core.Options
		want    []string
	}{
		"the least": {core.Options{TaskType: core.Preload}, nil},
		"everything": {core.Options{
			TaskType: core.Refresh, Formats: "mp4,m3u8,mp3,flv,webm,ts", Definitions: "FD,LD,SD,HD,2K,4K,OD,SQ,HQ,AUTO",
			StreamType: "video,audio", ResultType: "Single", SliceFlag: core.NewFlag(true), SliceCount: 20,
			UserData: `{"Extend":"` + strings.Repeat("x", core.MaxUserData-13) + `"}`,
		}, nil},
		"nothing": {core.Options{}, []string{`TaskType: is required, not ""`}},
		"all wrong": {
			core.Options{TaskType: "x", Formats: "mp4,", Definitions: "hd", StreamType: "av", ResultType: "x", SliceFlag: "1", SliceCount: 21, UserData: "[]"},
			[]string{
				`TaskType: must be one of Refresh, Preload, not "x"`,
				`Formats: each value must be one of mp4, m3u8, mp3, flv, webm, ts, not "mp4,"`,
				`Definitions: each value must be one of FD, LD, SD, HD, 2K, 4K, OD, SQ, HQ, AUTO, not "hd"`,
				`StreamType: each value must be one of video, audio, not "av"`,
				`ResultType: must be one of Single, Multiple, not "x"`,
				`SliceFlag: must be one of true, false, not "1"`,
				`SliceCount: must be between 1 and 20, not 21`,
				`UserData: must be a JSON object of at most 1024 bytes, not "[]"`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := test.options.Validate()
			if test.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if got := fields(t, err); !reflect.DeepEqual(got, test.want) {
				t.Errorf("names %q, want %q", got, test.want)
			}
		})
	}
}

// A task is stored as JSON by queues, so its options survive the way there and back.
func TestOptionsSurviveJSON(t *testing.T) {
	t.Parallel()
	for _, want := range []core.Options{
		{TaskType: core.Refresh},
		{TaskType: core.Preload, Formats: "mp4,ts", Definitions: "HD", StreamType: "audio", ResultType: "Multiple", SliceFlag: "true", SliceCount: 3, UserData: `{"a":"b"}`},
		{TaskType: core.Refresh, SliceFlag: core.NewFlag(false)},
	} {
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got core.Options
		if err := json.Unmarshal(data, &got); err != nil || got != want {
			t.Errorf("%s becomes %+v, %v, want %+v", data, got, err, want)
		}
	}
}

func TestFlagWritesABoolean(t *testing.T) {
	t.Parallel()
	for flag, want := range map[core.Flag]string{"": "null", core.NewFlag(true): "true", core.NewFlag(false): "false"} {
		data, err := json.Marshal(flag)
		if err != nil || string(data) != want {
			t.Errorf("%q is written as %s, %v, want %s", flag, data, err, want)
		}
		read := core.NewFlag(true)
		if err := json.Unmarshal(data, &read); err != nil || read != flag {
			t.Errorf("%s is read as %q, %v, want %q", data, read, err, flag)
		}
	}
}

func TestListValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given []string
		want  core.List
		count int
	}{
		{nil, "", 0},
		{[]string{"", " "}, "", 0},
		{[]string{" mp4", "ts ", "mp4"}, "mp4,ts", 2},
		{[]string{"ts,mp4", "mp4 , ,flv"}, "ts,mp4,flv", 3},
	} {
		if got := core.NewList(test.given...); got != test.want || len(got.Values()) != test.count {
			t.Errorf("NewList(%q) = %q with values %q, want %q", test.given, got, got.Values(), test.want)
		}
	}
}
