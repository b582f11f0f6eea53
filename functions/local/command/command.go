// Package command is the command line of the local server: each file is one
// command or one family of them. Data goes to standard output, everything else
// to standard error; the exit code is 0 for success, 1 for failure and 2 for a
// wrong command line.
//
// It may import everything.
package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/clock"
)

// Host is what a command sees of the machine that it runs on.
type Host struct {
	In        io.Reader
	Out, Err  io.Writer
	Environ   []string // NAME=value lines
	Clock     clock.Clock
	Transport http.RoundTripper // to servers and, in the demo, to the platform
}

// session is one run of the program: what every command shares.
type session struct {
	Host

	output string // table or json
}

// Run executes a command line and returns the exit code. It ends when
// ctx does.
func Run(ctx context.Context, line []string, host Host) int {
	s := &session{Host: host}
	root := &cobra.Command{
		Use:           "vodrefresh",
		Short:         "Refreshes stale VOD caches when the platform calls back",
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          args(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			if s.output != "table" && s.output != "json" {
				return usageError{fmt.Errorf("-o %q: must be table or json", s.output)}
			}
			return nil
		},
	}
	root.PersistentFlags().StringVarP(&s.output, "output", "o", "table", "table or json")
	root.SetArgs(line)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.AddCommand(s.serve(), s.demo(), s.send(), s.sign(), s.verify(),
		s.submit("refresh"), s.submit("preload"), s.jobs(), s.quota(), s.dead(), s.ticket(), s.config(), s.setup())
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("interrupted")
	}
	s.sayf("vodrefresh: %s", explain(err))
	if errors.As(err, new(usageError)) {
		return 2
	}
	return 1
}

// explain is the text of an error, with a line for each field that is wrong.
func explain(err error) string {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || len(e.Fields) < 2 {
		return err.Error()
	}
	lines := []string{e.Message + ":"}
	for _, f := range e.Fields {
		lines = append(lines, "  "+f.String())
	}
	return strings.Join(lines, "\n")
}

// usageError is a mistake in the command line itself.
type usageError struct{ error }

// version is that of the module, or the commit that it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && (info.Main.Version == "" || info.Main.Version == "(devel)") {
			return s.Value
		}
	}
	return info.Main.Version
}

// args makes a wrong number of arguments a usageError.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}

// print writes v as JSON, or as the table that rows make.
func (s *session) print(v any, rows func(w io.Writer)) error {
	if s.output == "json" {
		encoder := json.NewEncoder(s.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(v)
	}
	table := tabwriter.NewWriter(s.Out, 0, 4, 2, ' ', 0)
	rows(table)
	return table.Flush()
}

// sayf writes a line for the person at the terminal.
func (s *session) sayf(format string, args ...any) { fmt.Fprintf(s.Err, format+"\n", args...) }
