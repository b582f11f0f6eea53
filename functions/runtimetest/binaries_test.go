package runtimetest_test

import (
	"os"
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

func TestBinaries(t *testing.T) {
	t.Parallel()
	var b runtimetest.Binaries
	if err := b.Remove(); err != nil {
		t.Fatal(err)
	}
	const program = "./testdata/talker"
	first, err := b.Path(t.Context(), program)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := b.Path(t.Context(), program); again != first || err != nil {
		t.Errorf("built %q and then %q, %v", first, again, err)
	}
	if path, err := b.Path(t.Context(), "./testdata/nothing"); err == nil {
		t.Errorf("built %q of nothing", path)
	}
	compared, err := b.Compare(soon(t, patience), runtimetest.AWS(), 3, program, program, "A=1")
	if metrics := compared.Metrics(); err != nil || metrics["hello-ms"] <= 0 || metrics["start-ms"] <= 0 || metrics["times-hello"] <= 0 {
		t.Errorf("compared %v, %v", metrics, err)
	}
	if _, err := b.Compare(t.Context(), runtimetest.AWS(), 1, program, "./testdata/nothing"); err == nil {
		t.Error("compared with nothing")
	}
	if err := b.Remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Errorf("%s is left: %v", first, err)
	}
}
