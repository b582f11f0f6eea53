package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// checked is what config check prints.
type checked struct {
	Settings  []config.Setting `json:"settings"`
	Providers []string         `json:"providers"`
	Rules     []string         `json:"rules"`
	Notes     []string         `json:"notes"`
}

func (s *session) config() *cobra.Command {
	cmd := &cobra.Command{
		Use: "config", Short: "Look at the configuration", Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "check",
		Short: "Check the environment, show what holds and what it costs",
		Long: "Check the environment as serve does at its start: every variable that is wrong is named at once. Show what holds, the rules, and\n" +
			"notes on what a choice costs. Nothing is connected to, and no key is tried.",
		Args: args(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			cfg, err := config.Load(s.Environ)
			if err != nil {
				return err
			}
			c := checked{cfg.Settings(), cfg.Providers(), describe(cfg.Rules), cfg.Notes()}
			return s.print(c, func(w io.Writer) {
				fmt.Fprintln(w, "NAME\tVALUE")
				for _, v := range c.Settings {
					fmt.Fprintf(w, "%s\t%s\n", v.Name, v.Value)
				}
				fmt.Fprintln(w, "\nPROVIDERS")
				fmt.Fprintln(w, strings.Join(c.Providers, "\n"))
				fmt.Fprintln(w, "\nRULES")
				fmt.Fprintln(w, strings.Join(c.Rules, "\n"))
				fmt.Fprintln(w, "\nNOTES")
				fmt.Fprintln(w, strings.Join(c.Notes, "\n"))
			})
		},
	})
	return cmd
}

// optionsText is options as a rule file has them.
func optionsText(o core.Options) string {
	text, err := json.Marshal(o)
	if err != nil {
		return err.Error()
	}
	return strings.Replace(string(text), `"TaskType":"",`, "", 1)
}

// describe says each rule in a line.
func describe(rules core.Rules) []string {
	var lines []string
	for _, r := range rules.All() {
		line := []string{fmt.Sprintf("%s %s: %s", r.Provider, r.On[0], r.Do)}
		for _, detail := range []struct {
			set  bool
			text string
		}{
			{r.Options != core.Options{}, "with " + optionsText(r.Options)},
			{r.Changed, "the changed streams only"},
			{r.Replaced, fmt.Sprintf("if older than %s", r.MinAge)},
			{r.Confirm, "if the platform knows the media"},
		} {
			if detail.set {
				line = append(line, detail.text)
			}
		}
		lines = append(lines, strings.Join(line, ", "))
	}
	slices.Sort(lines)
	return lines
}
