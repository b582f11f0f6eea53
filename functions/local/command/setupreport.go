package command

import (
	"fmt"
	"io"
	"slices"

	"github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// setupReport is what setup prints.
type setupReport struct {
	Region  string        `json:"region"`
	App     string        `json:"app"`
	DryRun  bool          `json:"dry_run"`
	Changed bool          `json:"changed"` // there is something to change
	Written bool          `json:"written"`
	Changes []setupChange `json:"changes"`
	Events  []string      `json:"events"` // that VOD tells of in the end

	settings []setupChange
}

// setupChange is one setting, before and after. A key is never shown.
type setupChange struct {
	Field string `json:"field"`
	From  string `json:"from"`
	To    string `json:"to"`
}

func newSetupReport(cfg config.Config, f setupFlags, now, want aliyun.MessageCallback) *setupReport {
	all := settings(now, want)
	changed := slices.DeleteFunc(slices.Clone(all), setupChange.none)
	return &setupReport{
		Region: cfg.AliyunRegion, App: want.AppID, DryRun: f.dryRun,
		Changed: len(changed) > 0, Changes: changed, Events: want.Events, settings: all,
	}
}

// none reports that nothing changes.
func (c setupChange) none() bool { return c.From == c.To }

// settings are all settings, before and after.
func settings(now, want aliyun.MessageCallback) []setupChange {
	all := []setupChange{
		{"CallbackType", now.Type, want.Type},
		{"CallbackURL", now.URL, want.URL},
		{"AuthSwitch", authSwitch(now), authSwitch(want)},
		{"AuthKey", mask(now.AuthKey), mask(want.AuthKey)},
		{"MnsEndpoint", now.Endpoint, want.Endpoint},
		{"MnsQueueName", now.Queue, want.Queue},
	}
	if from, to := now.AuthKey.Reveal(), want.AuthKey.Reveal(); from != "" && to != "" && from != to {
		all[3].To += " (another)"
	}
	for _, event := range now.Events {
		all = append(all, setupChange{"EventTypeList", event, event})
	}
	for _, event := range want.Events {
		if !slices.Contains(now.Events, event) {
			all = append(all, setupChange{"EventTypeList", "", event})
		}
	}
	return slices.DeleteFunc(all, func(c setupChange) bool { return c.From == "" && c.To == "" })
}

// authSwitch is a word of HTTP alone.
func authSwitch(m aliyun.MessageCallback) string {
	switch {
	case m.Type != aliyun.CallbackHTTP:
		return ""
	case m.Signed:
		return "on"
	}
	return "off"
}

// mask stands for a key.
func mask(key secret.Value) string {
	if key.Empty() {
		return ""
	}
	return key.String()
}

// diff shows the settings in the manner of a unified diff.
func (r *setupReport) diff(w io.Writer) {
	fmt.Fprintf(w, "  Region\t%s\n  AppId\t%s\n", r.Region, r.App)
	for _, c := range r.settings {
		if c.none() {
			fmt.Fprintf(w, "  %s\t%s\n", c.Field, c.To)
			continue
		}
		if c.From != "" {
			fmt.Fprintf(w, "- %s\t%s\n", c.Field, c.From)
		}
		if c.To != "" {
			fmt.Fprintf(w, "+ %s\t%s\n", c.Field, c.To)
		}
	}
}

// notes say what a person should know of the outcome. Where callbacks go now
// comes with moved, if they are to go somewhere else.
func (r *setupReport) notes(want aliyun.MessageCallback, moved string, f setupFlags) []string {
	var notes []string
	switch {
	case r.Written:
		notes = append(notes, "written; it holds at once")
	case !r.Changed:
		notes = append(notes, "nothing to change")
	case r.DryRun:
		notes = append(notes, "nothing was written (--dry-run)")
	}
	if r.DryRun && moved != "" && !f.force {
		notes = append(notes, "callbacks go to "+moved+" now: to have them go elsewhere takes --force")
	}
	if want.Type == aliyun.CallbackHTTP && !want.Signed {
		notes = append(notes, "callbacks are not signed (AuthSwitch off), and what is not signed is refused: name the URL with --url to have them signed")
	}
	return notes
}
