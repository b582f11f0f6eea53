package main

import (
	"context"
	"os"
	"strings"
	"testing"
)

func TestWrongCommandLines(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"crash --kills 0":            "--kills 0: must be 1 or more",
		"crash --kill 3":             "unknown flag: --kill",
		"flood --processes 4,0":      "--processes 0: must be 1 or more",
		"flood --nodes 2":            "--nodes 2: must be 1 or 3",
		"growth --large 0":           "--large 0: must be 1 or more",
		"faults --media 0":           "--media 0: must be 1 or more",
		"faults --kinds 5xx,earth":   "--kinds earth: must be of throttling, 5xx, resets, time-outs, html, IllegalStatus",
		"cluster --nodes 2 --dir x":  "--nodes 2: must be 1 or 3",
		"cluster":                    "--dir: is required",
		"simulator --latency slowly": "invalid argument",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if code, _, err := command(context.Background(), strings.Fields(line)...); code != 2 || !strings.Contains(err, want) {
				t.Errorf("exit code %d, %q; want 2 and %q", code, err, want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	code, out, _ := command(context.Background())
	if code != 0 || !strings.Contains(out, "crash") || strings.Contains(out, "simulator") {
		t.Errorf("exit code %d, %s; want the measurements and not their parts", code, out)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	for name, test := range map[string]struct {
		ctx  context.Context
		line string
		want string
	}{
		"interrupted":              {ended, "faults", "load: interrupted"},
		"a server that ends":       {context.Background(), "crash --queue broken", "server ended: exit status 1"},
		"a part with no address":   {context.Background(), "simulator --listen 192.0.2.1:0", "192.0.2.1"},
		"a naive one without goal": {context.Background(), "naive --endpoint http://example.com", "http"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if code, _, err := command(test.ctx, strings.Fields(test.line)...); code != 1 || !strings.Contains(err, test.want) {
				t.Errorf("exit code %d, %q; want 1 and %q", code, err, test.want)
			}
		})
	}
}

func TestBuildFails(t *testing.T) {
	t.Parallel()
	var out, err strings.Builder
	code := run(context.Background(), []string{"crash", "--source", t.TempDir()}, session{out: &out, err: &err, build: goBuild})
	if code != 1 || !strings.Contains(err.String(), "build the server in ") {
		t.Errorf("exit code %d, %q", code, err.String())
	}
	if left, _ := os.ReadDir(t.TempDir()); len(left) > 0 {
		t.Errorf("it leaves %v", left)
	}
}
