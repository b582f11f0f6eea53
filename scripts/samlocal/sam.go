package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/functions/deploytest"
)

// architecture is that of the containers.
const architecture = "Architecture=x86_64"

// sam is the SAM CLI, with what all of its calls have in common.
type sam struct {
	program string
	scratch string
	image   string
	clock   clock.Clock
}

// built is the template that `sam build` writes.
func (s *sam) built() string { return filepath.Join(s.scratch, "build", "template.yaml") }

// environment keeps the tool from calling home, and from any account of whoever
// runs it: without credentials it does not even ask whose they are.
func environment() []string {
	kept := slices.DeleteFunc(os.Environ(), func(line string) bool { return strings.HasPrefix(line, "AWS_") })
	return append(kept, "SAM_CLI_TELEMETRY=0", "AWS_DEFAULT_REGION=us-east-1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull)
}

// command is a call of the tool.
func (s *sam) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.program, args...) //nolint:gosec // the script names it
	cmd.Env = environment()
	return cmd
}

// output makes a call and returns what it prints; what it says beside that is in
// the error.
func (s *sam) output(ctx context.Context, args ...string) (printed, said []byte, err error) {
	cmd := s.command(ctx, args...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		return nil, nil, fmt.Errorf("sam %s: %w\n%s%s", strings.Join(args[:min(2, len(args))], " "), err, out.Bytes(), log.Bytes())
	}
	return out.Bytes(), log.Bytes(), nil
}

func (s *sam) validate(ctx context.Context) error {
	_, _, err := s.output(ctx, "validate", "--lint")
	return err
}

func (s *sam) build(ctx context.Context) error {
	_, _, err := s.output(ctx, "build", "--build-dir", filepath.Join(s.scratch, "build"), "--parameter-overrides", architecture)
	return err
}

// local is the flags that `sam local` needs.
func (s *sam) local() []string {
	return []string{
		"--template", s.built(), "--parameter-overrides", architecture, "--env-vars", s.variablesFile(),
		"--invoke-image", s.image, "--skip-pull-image",
	}
}

func (s *sam) variablesFile() string { return filepath.Join(s.scratch, "env.json") }

// writeVariables writes what the functions get for the variables of the template.
// One that nobody has a value for keeps the default of its parameter.
func (s *sam) writeVariables(t deploytest.Template, values map[string]string) error {
	all := map[string]map[string]string{}
	for _, function := range t.Functions() {
		given := map[string]string{}
		for name := range t.Variables(function) {
			if value, ok := values[name]; ok {
				given[name] = value
			}
		}
		all[function] = given
	}
	text, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(s.variablesFile(), text, 0o600)
}

// invoke runs a function once, in a container of its own, and returns its answer
// and its log.
func (s *sam) invoke(ctx context.Context, function string, event []byte) (answer, log []byte, err error) {
	file := filepath.Join(s.scratch, "event.json")
	if err := os.WriteFile(file, event, 0o600); err != nil { //nolint:gosec // in the script's own folder
		return nil, nil, err
	}
	answer, log, err = s.output(ctx, append([]string{"local", "invoke", function, "--event", file}, s.local()...)...)
	return bytes.TrimSpace(answer), log, err
}

// api is a running `sam local start-api`.
type api struct {
	url     string
	process *exec.Cmd
	log     *os.File
}

// startAPI serves the API of the template with one container for each function.
func (s *sam) startAPI(ctx context.Context, host, port string) (*api, error) {
	log, err := os.Create(filepath.Join(s.scratch, "start-api.log"))
	if err != nil {
		return nil, err
	}
	args := append([]string{"local", "start-api", "--host", host, "--port", port, "--warm-containers", "EAGER"}, s.local()...)
	a := &api{url: "http://" + host + ":" + port, process: s.command(ctx, args...), log: log}
	a.process.Stdout, a.process.Stderr = log, log
	a.process.Cancel = func() error { return a.process.Process.Signal(syscall.SIGTERM) }
	return a, a.process.Start()
}

// stop ends it in good order.
func (a *api) stop() {
	_ = a.process.Process.Signal(syscall.SIGTERM)
	_ = a.process.Wait()
	_ = a.log.Close()
}

// said is what it has logged.
func (a *api) said() string {
	if _, err := a.log.Seek(0, io.SeekStart); err != nil {
		return err.Error()
	}
	text, _ := io.ReadAll(a.log)
	return string(text)
}
