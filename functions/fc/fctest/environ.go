package fctest

import (
	"slices"
	"strings"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/requesttest"
)

// Environ is [requesttest.Environ] without the keys of Alibaba Cloud.
func Environ(function config.Function, platform string) []string {
	return slices.DeleteFunc(requesttest.Environ(function, platform), func(line string) bool {
		return strings.HasPrefix(line, "ALIBABA_CLOUD_")
	})
}
