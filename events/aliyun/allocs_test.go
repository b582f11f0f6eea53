package aliyun_test

import "testing"

// TestAllocations keeps verifying and decoding within 1.4 times the
// allocations of the floor, so that rule and plan have room in the 2 times that
// are promised for all of it. Time is left to the benchmarks.
//
//nolint:paralleltest // testing.AllocsPerRun counts for the whole process
func TestAllocations(t *testing.T) {
	r := newRequest(t)
	v := r.verifier(t)
	run := func(f func() error) float64 {
		return testing.AllocsPerRun(100, func() {
			if err := f(); err != nil {
				t.Error(err)
			}
		})
	}
	floor := run(r.floor)
	ours := run(func() error { return r.ours(v) })
	if ours > 1.4*floor {
		t.Errorf("%.0f allocations, the floor has %.0f", ours, floor)
	}
	verify := run(func() error { _, err := v.Verify(r.header, r.now); return err })
	if verify != 0 {
		t.Errorf("verifying alone makes %.0f allocations, want none", verify)
	}
}
