package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/upload"
)

// readUploads fills in what the environment leaves to other variables.
func readUploads(c *Config, vars map[string]string) {
	for i, origin := range c.CORSOrigins {
		c.CORSOrigins[i] = strings.TrimSpace(origin)
	}
	if vars["CREDENTIALS_RATE"] == "" {
		c.CredentialsRate = credentialsRate(c.AliyunRegion)
	}
}

// credentialsRate is how many calls of RefreshUploadVideo an account may make a
// second.
//
// Source: QPS limits on API operations, ApsaraVideo VOD.
func credentialsRate(region string) float64 {
	large := []string{"cn-beijing", "cn-shanghai", "cn-shenzhen", "ap-southeast-1"}
	if slices.Contains(large, region) {
		return 80
	}
	return 40
}

// wrongUploads are the values about upload credentials that cannot work.
func (c Config) wrongUploads() (wrong []core.FieldError) {
	bad := func(name string, value any, detail string) {
		wrong = append(wrong, core.FieldError{Field: name, Value: value, Detail: detail})
	}
	short := fmt.Sprintf("each must have at least %d bytes", upload.MinTicketKey)
	for i, key := range c.TicketKeys {
		if len(key.Reveal()) < upload.MinTicketKey {
			bad("UPLOAD_TICKET_KEYS", fmt.Sprintf("key %d of %d", i+1, len(c.TicketKeys)), short)
		}
	}
	for _, origin := range c.CORSOrigins {
		if !validOrigin(origin) {
			bad("CORS_ORIGINS", origin, "each must be scheme://host or scheme://host:port in lower case, as browsers send it, without a path or a star")
		}
	}
	if c.MinLife <= 0 || c.MinLife > time.Hour {
		bad("CREDENTIALS_MIN_LIFE", c.MinLife.String(), "must be above 0 and at most 1h")
	}
	if c.Budget < 1 || c.Budget > 600 {
		bad("CREDENTIALS_BUDGET", c.Budget, "must be between 1 and 600 requests a minute")
	}
	if !(c.CredentialsRate >= 1 && c.CredentialsRate <= 1000) {
		bad("CREDENTIALS_RATE", c.CredentialsRate, "must be between 1 and 1000 calls a second")
	}
	return wrong
}

// validOrigin accepts what a browser may send as Origin (RFC 6454, section 6.1):
// any difference to the letter would let no page in.
func validOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || strings.ContainsRune(text, '*') {
		return false
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	bare := u.Scheme + "://" + u.Host
	return text == bare && bare == strings.ToLower(bare) && u.Port() != usual && !strings.HasSuffix(u.Host, ":")
}
