package config_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
)

var update = flag.Bool("update", false, "write the configuration table into the README")

const (
	readme = "../../README.md"
	begin  = "<!-- configuration: go test ./functions/config -update -->\n"
	end    = "<!-- end of configuration -->\n"
)

func TestReadmeHasTheTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), begin)
	table, after, foundEnd := strings.Cut(rest, end)
	if !found || !foundEnd {
		t.Fatalf("the README has no %q and %q", begin, end)
	}
	if *update {
		//nolint:gosec // the path is a constant
		if err := os.WriteFile(readme, []byte(before+begin+config.Table()+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if table != config.Table() {
		t.Errorf("the README's table differs from the struct; run go test ./functions/config -update\ngot:\n%s\nwant:\n%s", table, config.Table())
	}
}

func TestTableDescribesEveryVariable(t *testing.T) {
	t.Parallel()
	for line := range strings.Lines(config.Table()) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 5 || strings.TrimSpace(cells[1]) == "" || strings.Trim(cells[2], " `") == "" || strings.TrimSpace(cells[3]) == "" {
			t.Errorf("a cell is missing or empty: %s", line)
		}
	}
}

func TestSettingsMaskSecrets(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=hunter2", "API_TOKENS=0123456789abcdef",
		"ALIYUN_CALLBACK_URLS=https://a.example.com/cb", "ALIYUN_CALLBACK_KEYS=KeyOne1,KeyTwo2",
		"QUEUE_URL=nats://me:hunter2@a:4222,tls://hunter2@b?replicas=5", "STORE_URL=redis://:hunter2@c/3?prefix=shop",
	})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]string)
	for _, s := range cfg.Settings() {
		got[s.Name] = s.Value
	}
	for name, want := range map[string]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID":     "id",
		"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "***",
		"ALIBABA_CLOUD_SECURITY_TOKEN":    "(none)",
		"API_TOKENS":                      "***",
		"ALIYUN_CALLBACK_KEYS":            "***,***",
		"ALIYUN_CALLBACK_URLS":            "https://a.example.com/cb",
		"RULES_FILE":                      "(built-in rules)",
		"ALIYUN_RATE":                     "50",
		"DRY_RUN":                         "false",
		"QUEUE_URL":                       "nats://a:4222,tls://b?replicas=5",
		"STORE_URL":                       "redis://c/3?prefix=shop",
		"DATA_DIR":                        "./data",
		"LINGER":                          "100ms",
		"SKEW":                            "2s",
		"QUOTA_RESERVE":                   "10",
		"QUOTA_ZONE":                      "+08:00",
		"MEDIA_DAILY":                     "12",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if all := fmt.Sprintf("%v %+v %#v", cfg, cfg, cfg); strings.Contains(all, "hunter2") || strings.Contains(all, "KeyOne1") || strings.Contains(all, "0123456789abcdef") {
		t.Errorf("printing the configuration shows a secret: %s", all)
	}
}

func TestNotesSayWhatItCosts(t *testing.T) {
	t.Parallel()
	bare, err := config.Load([]string{"QUEUE_URL=direct:", "STORE_URL=none:"})
	if err != nil {
		t.Fatal(err)
	}
	full, err := config.Load([]string{
		"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s", "API_TOKENS=0123456789abcdef", "ALLOW_HTTP_ENDPOINT=true",
		"ALIYUN_CALLBACK_URLS=https://a.example.com/cb", "ALIYUN_CALLBACK_KEYS=KeyOne1", "DRY_RUN=true",
		"QUEUE_URL=direct:", "STORE_URL=none:",
		"RULES={rules: [{on: [TranscodeComplete, FileUploadComplete], do: refresh, when: replaced}]}",
	})
	if err != nil {
		t.Fatal(err)
	}
	closed, err := config.Load([]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=s"})
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(closed.Notes(), "\n"); !strings.Contains(notes, "every Alibaba callback is refused") || !strings.Contains(notes, "no API_TOKENS") {
		t.Errorf("with credentials only: %s", notes)
	}
	usual, err := config.Load([]string{"QUEUE_URL=nats://a", "STORE_URL=redis://b"})
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(usual.Notes(), "\n"); strings.Contains(notes, "direct:") || strings.Contains(notes, "none:") || !strings.Contains(notes, "no rule has when: replaced") {
		t.Errorf("with queue and store: %s", notes)
	}
	for _, c := range []struct {
		part       string
		bare, full bool
	}{
		{"no cloud credentials", true, false},
		{"every Alibaba callback is refused", false, false},
		{"no API_TOKENS", false, false},
		{"QUEUE_URL=direct:", true, true},
		{"paid for twice", true, true},
		{"ALLOW_HTTP_ENDPOINT", false, true},
		{"nothing is submitted", false, true},
		{"when: replaced", false, true},
	} {
		if got := strings.Contains(strings.Join(bare.Notes(), "\n"), c.part); got != c.bare {
			t.Errorf("bare configuration, %q: got %v, want %v", c.part, got, c.bare)
		}
		if n := strings.Count(strings.Join(full.Notes(), "\n"), c.part); n > 1 {
			t.Errorf("full configuration, %q: said %d times", c.part, n)
		}
		if got := strings.Contains(strings.Join(full.Notes(), "\n"), c.part); got != c.full {
			t.Errorf("full configuration, %q: got %v, want %v", c.part, got, c.full)
		}
	}
}
