package main

import (
	"crypto/rand"
	"net/http"
	"strings"
)

// dropPlatform removes the headers that are the platform's.
func dropPlatform(header http.Header) {
	for name := range header {
		if strings.HasPrefix(name, "X-Fc-") {
			delete(header, name)
		}
	}
}

// describe writes what the platform says with every invocation; control says what
// it is, empty where that goes without saying.
func (i image) describe(header http.Header, control string) {
	for name, value := range map[string]string{
		"X-Fc-Control-Path":      control,
		"X-Fc-Request-Id":        "1-" + strings.ToLower(rand.Text()),
		"X-Fc-Access-Key-Id":     i.variable("ALIBABA_CLOUD_ACCESS_KEY_ID", ""),
		"X-Fc-Access-Key-Secret": i.variable("ALIBABA_CLOUD_ACCESS_KEY_SECRET", ""),
		"X-Fc-Security-Token":    i.variable("ALIBABA_CLOUD_SECURITY_TOKEN", ""),
		"X-Fc-Function-Name":     i.variable("FC_FUNCTION_NAME", ""),
		"X-Fc-Function-Handler":  i.variable("FC_FUNCTION_HANDLER", ""),
		"X-Fc-Function-Memory":   i.variable("FC_FUNCTION_MEMORY_SIZE", ""),
		"X-Fc-Function-Timeout":  i.variable("FC_TIMEOUT", "60"),
		"X-Fc-Region":            i.variable("FC_REGION", ""),
		"X-Fc-Account-Id":        i.variable("FC_ACCOUNT_ID", ""),
	} {
		if value != "" {
			header.Set(name, value)
		}
	}
}
