package dynamodb_test

import (
	"crypto/rand"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
	"github.com/vodrefresh/vodrefresh/core/storetest"
)

// TestStoreConformance gives each check a table of its own, and those that kill
// the engine an engine as well: starting one is what takes the time.
func TestStoreConformance(t *testing.T) {
	t.Parallel()
	shared := emulatortest.DynamoDB(t)
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		t.Helper()
		service, url := shared, "dynamodb://"+rand.Text()
		var crash func(*testing.T)
		if strings.Contains(t.Name(), "/crash_") {
			service = emulatortest.DynamoDB(t)
			crash = func(t *testing.T) { t.Helper(); service.Crash(t) }
		}
		must(t, openTable(t, service, url, dynamodb.Options{}).Ensure(t.Context()))
		return storetest.Harness{
			Open: func(t *testing.T) core.Store {
				t.Helper()
				return openTable(t, service, url, dynamodb.Options{})
			},
			Crash: crash,
		}
	})
}
