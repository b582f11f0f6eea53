package ledger

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAgenda does the same to an agenda and to a sorted list.
func TestAgenda(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 4))
	is, want := agenda{}, []appointment{}
	for i := range 20_000 {
		if len(want) > 0 && random.IntN(5) < 2 {
			at := random.IntN(len(want))
			is.remove("c/", want[at])
			want = slices.Delete(want, at, at+1)
			continue
		}
		n := newAppointment(moment(random.IntN(300)-100), uint64(random.IntN(50)), hour(random.IntN(3)))
		if i < 8000 { // as the newest of what has ended comes first
			n.due = moment(-i)
		}
		at, _ := slices.BinarySearchFunc(want, n, appointment.compare)
		is.add("c/", n)
		want = slices.Insert(want, at, n)
	}
	for _, until := range []moment{-10_000, -150, 0, 7, 1000} {
		var got []appointment
		for n := range is["c/"].from(appointment{due: math.MinInt64}, until) {
			got = append(got, n)
		}
		end, _ := slices.BinarySearchFunc(want, appointment{due: until + 1}, appointment.compare)
		if !slices.Equal(got, want[:end]) {
			t.Fatalf("until %d: %d appointments, want %d", until, len(got), end)
		}
	}
	for _, p := range is["c/"].parts {
		if len(p) == 0 || len(p) > partSize {
			t.Errorf("a part has %d appointments", len(p))
		}
	}
	is.remove("c/", newAppointment(5000, 1, 0))
	is.remove("d/", want[0])
	for _, n := range want {
		is.remove("c/", n)
	}
	if len(is) != 0 {
		t.Errorf("%d classes are left", len(is))
	}
}

func TestAgendaByPrefix(t *testing.T) {
	t.Parallel()
	is := agenda{}
	for i, key := range []string{"job/a", "jobs/b", "job", "job/c", "x/y"} {
		is.add(class(key), newAppointment(moment(i), uint64(i), 0))
	}
	tests := []struct {
		prefix string
		behind moment
		most   int
		want   string // the hashes
	}{
		{"", math.MinInt64, 9, "[0 1 2 3 4]"},
		{"", math.MinInt64, 3, "[0 1 2]"},
		{"", 2, 9, "[3 4]"},
		{"jo", math.MinInt64, 9, "[0 1 2 3]"},
		{"job/", math.MinInt64, 9, "[0 2 3]"}, // those without a class may be anything
		{"job/c", math.MinInt64, 9, "[0 2 3]"},
		{"y/", math.MinInt64, 9, "[2]"},
	}
	for _, test := range tests {
		var got []uint64
		for _, d := range is.after(test.prefix, newAppointment(test.behind, max(0, uint64(max(0, test.behind))), 0), 100, test.most) {
			got = append(got, d.hash())
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("below %q behind %d, %d of them: %v, want %s", test.prefix, test.behind, test.most, got, test.want)
		}
	}
}

func TestAgendaSweeps(t *testing.T) {
	t.Parallel()
	is := agenda{}
	for i := range 5 * partSize {
		is.add("a/", newAppointment(moment(i), uint64(i), hour(i%3)))
		is.add("b/", newAppointment(moment(i), uint64(i), 1))
	}
	is.sweep(2)
	left := 0
	for n := range is["a/"].from(appointment{due: math.MinInt64}, math.MaxInt64) {
		left++
		if n.hour() == 1 {
			t.Fatalf("%+v has expired", n)
		}
	}
	if _, there := is["b/"]; there || left < 3*partSize {
		t.Errorf("%d are left of one class, and the other is there: %t", left, there)
	}
}
