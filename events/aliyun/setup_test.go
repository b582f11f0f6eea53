package aliyun_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// folder holds the fixtures: <EventType>_<case>.json, written from the
// documented shapes with made-up IDs. A case that begins with trap_ is a shape
// that has misled a receiver, or would.
const folder = "../../testdata/aliyun"

func fixture(tb testing.TB, name string) []byte {
	tb.Helper()
	body, err := os.ReadFile(filepath.Join(folder, name+".json"))
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

func newVerifier(tb testing.TB, urls []string, keys ...string) *aliyun.Verifier {
	tb.Helper()
	v, err := aliyun.NewVerifier(urls, secrets(keys...))
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func secrets(texts ...string) []secret.Value {
	values := make([]secret.Value, len(texts))
	for i, text := range texts {
		values[i] = secret.New(text)
	}
	return values
}
