package dynamodb_test

import (
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

const table = "dynamodb://vodrefresh"

// open is a handle on the emulator's table that ends with the test.
func open(t *testing.T, service *emulatortest.Server, o dynamodb.Options) *dynamodb.Store {
	t.Helper()
	return openTable(t, service, table, o)
}

// openTable is a handle on another table.
func openTable(t *testing.T, service *emulatortest.Server, url string, o dynamodb.Options) *dynamodb.Store {
	t.Helper()
	o.Getenv = emulatortest.Environ("AWS_ENDPOINT_URL_DYNAMODB=" + service.URL)
	s, err := dynamodb.Open(url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// create makes the table, and returns a handle on it.
func create(t *testing.T, service *emulatortest.Server) *dynamodb.Store {
	t.Helper()
	s := open(t, service, dynamodb.Options{})
	must(t, s.Ensure(t.Context()))
	return s
}

// must stops a test at an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// put writes records that nobody else writes, and returns their revisions.
func put(t *testing.T, s core.Store, records ...core.Record) []string {
	t.Helper()
	revisions, err := s.Put(t.Context(), records)
	must(t, err)
	for i, revision := range revisions {
		if revision == "" {
			t.Fatalf("conflict at %q", records[i].Key)
		}
	}
	return revisions
}

// discreet fails a test whose values show a credential.
func discreet(t *testing.T, values ...any) {
	t.Helper()
	for _, leak := range emulatortest.Leaks(values...) {
		t.Error(leak)
	}
}
