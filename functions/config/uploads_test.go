package config_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

const (
	keyOf32 = "0123456789abcdef0123456789abcdef"
	keyOf31 = "0123456789abcdef0123456789abcde"
)

func TestUploadsHaveDefaults(t *testing.T) {
	t.Parallel()
	for region, rate := range map[string]float64{
		"cn-shanghai": 80, "cn-beijing": 80, "cn-shenzhen": 80, "ap-southeast-1": 80, "eu-central-1": 40, "ap-northeast-1": 40,
	} {
		cfg, err := config.Load([]string{"ALIYUN_VOD_REGION=" + region})
		if err != nil {
			t.Fatal(err)
		}
		if cfg.CredentialsRate != rate || cfg.Budget != 10 || cfg.MinLife != 10*time.Minute || len(cfg.TicketKeys) != 0 || len(cfg.CORSOrigins) != 0 {
			t.Errorf("%s: got %v calls a second, want %v; %+v", region, cfg.CredentialsRate, rate, cfg)
		}
	}
}

func TestUploadsAreRead(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load([]string{
		"UPLOAD_TICKET_KEYS=" + keyOf32 + "," + strings.ToUpper(keyOf32) + "x",
		"CORS_ORIGINS=https://www.example.com, http://localhost:5173,https://[::1]:8443",
		"CREDENTIALS_MIN_LIFE=90s", "CREDENTIALS_BUDGET=600", "CREDENTIALS_RATE=12.5",
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.TicketKeys) != 2 || cfg.TicketKeys[1].Reveal() != strings.ToUpper(keyOf32)+"x" {
		t.Errorf("%d keys", len(cfg.TicketKeys))
	}
	if strings.Join(cfg.CORSOrigins, "|") != "https://www.example.com|http://localhost:5173|https://[::1]:8443" {
		t.Errorf("origins %q", cfg.CORSOrigins)
	}
	if cfg.MinLife != 90*time.Second || cfg.Budget != 600 || cfg.CredentialsRate != 12.5 {
		t.Errorf("got %+v", cfg)
	}
	if shown := fmt.Sprintf("%v %+v %#v %v", cfg, cfg, cfg, cfg.Settings()); strings.Contains(shown, keyOf32) || strings.Contains(shown, strings.ToUpper(keyOf32)) {
		t.Errorf("a key is shown: %s", shown)
	}
}

func TestWrongUploads(t *testing.T) {
	t.Parallel()
	for line, allowed := range map[string]string{
		"UPLOAD_TICKET_KEYS=" + keyOf31:                    "at least 32 bytes",
		"UPLOAD_TICKET_KEYS=" + keyOf32 + "," + keyOf31:    "key 2 of 2",
		"UPLOAD_TICKET_KEYS=" + keyOf32 + ",":              "at least 32 bytes",
		"UPLOAD_TICKET_KEYS=":                              "must not be empty",
		"CORS_ORIGINS=*":                                   "without a path or a star",
		"CORS_ORIGINS=https://*.example.com":               "star",
		"CORS_ORIGINS=https://www.example.com/":            "without a path",
		"CORS_ORIGINS=https://www.example.com,example.com": "scheme://host",
		"CORS_ORIGINS=https://WWW.example.com":             "lower case",
		"CORS_ORIGINS=https://www.example.com:443":         "as browsers send it",
		"CORS_ORIGINS=http://www.example.com:80":           "as browsers send it",
		"CORS_ORIGINS=https://www.example.com:":            "as browsers send it",
		"CORS_ORIGINS=https://me@example.com":              "scheme://host",
		"CORS_ORIGINS=https://example.com?a":               "scheme://host",
		"CORS_ORIGINS=null":                                "scheme://host",
		"CORS_ORIGINS=ftp://example.com":                   "scheme://host",
		"CORS_ORIGINS=https://%zz":                         "scheme://host",
		"CREDENTIALS_MIN_LIFE=0s":                          "above 0",
		"CREDENTIALS_MIN_LIFE=61m":                         "at most 1h",
		"CREDENTIALS_MIN_LIFE=ten":                         "a duration",
		"CREDENTIALS_BUDGET=0":                             "between 1 and 600",
		"CREDENTIALS_BUDGET=601":                           "between 1 and 600",
		"CREDENTIALS_BUDGET=1.5":                           "whole number",
		"CREDENTIALS_RATE=0":                               "between 1 and 1000",
		"CREDENTIALS_RATE=1001":                            "between 1 and 1000",
		"CREDENTIALS_RATE=NaN":                             "between 1 and 1000",
		"CREDENTIALS_RATE=80/s":                            "number of calls",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			name, value, _ := strings.Cut(line, "=")
			_, err := config.Load([]string{line})
			if core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), name+": ") || !strings.Contains(err.Error(), allowed) {
				t.Errorf("got %v, want %s and %q", err, name, allowed)
			}
			if name == "UPLOAD_TICKET_KEYS" && value != "" && strings.Contains(fmt.Sprintf("%+v", err), keyOf31) {
				t.Errorf("a key is shown: %v", err)
			}
		})
	}
}

func TestOriginsWithoutTickets(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		lines []string
		noted bool
	}{
		{[]string{"CORS_ORIGINS=https://www.example.com"}, true},
		{[]string{"CORS_ORIGINS=https://www.example.com", "UPLOAD_TICKET_KEYS=" + keyOf32}, false},
		{nil, false},
	} {
		cfg, err := config.Load(tc.lines)
		if err != nil {
			t.Fatal(err)
		}
		if noted := strings.Contains(strings.Join(cfg.Notes(), "\n"), "a page needs a ticket"); noted != tc.noted {
			t.Errorf("%q: noted %v, want %v", tc.lines, noted, tc.noted)
		}
	}
}
