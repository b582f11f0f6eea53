package runtimetest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Build builds a program as it is deployed, without symbols, C and the paths of
// this machine: a package, by its folder or import path, for an architecture of
// Linux (amd64, arm64; empty for this machine's), into a file. Tags are build
// tags, such as lambda.norpc.
func Build(ctx context.Context, from, into, architecture string, tags ...string) error {
	arguments := []string{"build", "-trimpath", "-ldflags=-s -w", "-tags=" + strings.Join(tags, ","), "-o", into, from}
	cmd := exec.CommandContext(ctx, "go", arguments...) //nolint:gosec // a test's own
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if architecture != "" {
		cmd.Env = append(cmd.Env, "GOARCH="+architecture)
	}
	if output, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build %s: %w\n%s", from, err, output)
	}
	return nil
}
