package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// fakeVariable makes the test binary a stand-in for the SAM CLI.
const fakeVariable = "SAMLOCAL_TEST_FAKE"

func TestMain(m *testing.M) {
	if os.Getenv(fakeVariable) != "" {
		os.Exit(fake(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// fake tells what it was called with, fails for a function called Broken, and as
// an API answers with the request.
func fake(args []string) int {
	if slices.Contains(args, "start-api") {
		return fakeAPI(args)
	}
	said := map[string]any{"args": args}
	if i := slices.Index(args, "--event"); i >= 0 {
		event, err := os.ReadFile(args[i+1]) //nolint:gosec // a file of the test
		if err != nil {
			return 1
		}
		said["event"] = json.RawMessage(event)
	}
	for _, name := range []string{"SAM_CLI_TELEMETRY", "AWS_CONFIG_FILE", "AWS_PROFILE"} {
		said[name] = os.Getenv(name)
	}
	fmt.Fprintln(os.Stderr, "a line of the log")
	if slices.Contains(args, "Broken") {
		return 1
	}
	_ = json.NewEncoder(os.Stdout).Encode(said)
	return 0
}

func fakeAPI(args []string) int {
	flags := flag.NewFlagSet("", flag.ContinueOnError)
	host, port := flags.String("host", "", ""), flags.String("port", "", "")
	for _, name := range []string{"warm-containers", "template", "parameter-overrides", "env-vars", "invoke-image"} {
		flags.String(name, "", "")
	}
	flags.Bool("skip-pull-image", false, "")
	if err := flags.Parse(args[2:]); err != nil {
		return 1
	}
	fmt.Fprintln(os.Stderr, "it serves")
	server := &http.Server{Addr: *host + ":" + *port, ReadHeaderTimeout: time.Minute}
	server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusTeapot)
		fmt.Fprint(w, r.Method, " ", r.URL.Path, " ", r.Header.Get("Content-Type"))
	})
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM)
	go func() {
		<-ended
		_ = server.Close()
	}()
	_ = server.ListenAndServe()
	return 0
}

// newFake is a SAM CLI that is not there.
func newFake(t *testing.T) *sam {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	scratch := t.TempDir()
	program := filepath.Join(scratch, "sam")
	script := "#!/bin/sh\n" + fakeVariable + "=1 exec '" + self + "' \"$@\"\n"
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return &sam{program: program, scratch: scratch, image: "image:tag", clock: clock.System{}}
}

// calledWith is what the fake says it was called with.
func calledWith(t *testing.T, answer []byte) (args string, said map[string]any) {
	t.Helper()
	if err := json.Unmarshal(answer, &said); err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	return strings.Trim(fmt.Sprint(said["args"]), "[]"), said
}
