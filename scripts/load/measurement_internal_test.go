package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"testing"
)

// The measurements, with a stand-in for the server: one that is right, and one
// that is wrong in the way that the measurement is for.
func TestMeasurements(t *testing.T) {
	t.Parallel()
	const anyCode = -1
	const quick = " --quiet 300ms --patience 2s --seed 1"
	for name, test := range map[string]struct {
		line string
		code int
		want []string // beginnings or ends of lines of the table, blanks made one
	}{
		"crash": {
			"crash --callbacks 60 --kills 3 --pause 300ms" + quick, 0,
			[]string{"callbacks answered 200 60 of 60", "lost 0 <= 0 pass", "of these, not in flight at a kill 0 <= 0 pass"},
		},
		"crash of a server that loses": {
			"crash --callbacks 40 --kills 1 --pause 300ms --queue loses\x00one" + quick, 1,
			[]string{"<= 0 MISSED"},
		},
		"faults": {
			"faults --media 30 --missing 2 --share 0.2 --kinds throttling,5xx,resets,html,IllegalStatus" + quick, 0,
			[]string{`reasons of dead letters ["media … does not exist"]`, "not refreshed 0 <= 0 pass", "media that do not exist, without a dead letter 0 <= 0 pass"},
		},
		"faults of a server that gives up": {
			"faults --media 10 --missing 1 --kinds html --queue kills\x00all" + quick, 1,
			[]string{"dead letters of media that exist 10 <= 0 MISSED"},
		},
		"flood": { // one media a call, where twenty are allowed
			"flood --media 40 --processes 1 --naive 60 --connections 16" + quick, 1,
			[]string{"verify and decode only", "one call for each callback, the first 60", "lost 0 <= 0 pass", "calls / least calls 20 <= 1.050 MISSED"},
		},
		"flood of two": { // neither knows what the other has submitted
			"flood --media 20 --processes 2 --nodes 1 --naive 0 --lenient --connections 16" + quick, 1,
			[]string{"2 servers on a NATS cluster of 1", "lost 0 <= 0 pass", "calls / least calls"},
		},
		"growth": { // so small that the ratios mean nothing
			"growth --small 20 --large 40 --rest 1ms --patience 2s --seed 1 --queue answers\x00first", anyCode,
			[]string{"40 tasks", "queued 40 in", "drained ", "queued and not submitted 0 <= 0 pass", "CPU time of a task in the drain, times"},
		},
		"credentials": {
			"credentials --videos 20 --latency 1ms --bound 1h", 0,
			[]string{"to overwrite: RefreshUploadVideo", "answered otherwise than 200 0 <= 0 pass", "<= 3600000 pass", "reverse proxy in between: p50, p99, longest"},
		},
		"credentials of a slow server": {
			"credentials --videos 20 --latency 1ms --bound 1us --queue slow", 1,
			[]string{"answered otherwise than 200 0 <= 0 pass", "<= 0.001 MISSED"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := strings.Fields(test.line)
			for i := range line {
				line[i] = strings.ReplaceAll(line[i], "\x00", " ")
			}
			code, out, said := command(context.Background(), line...)
			var table []string
			for row := range strings.Lines(out) {
				table = append(table, strings.Join(strings.Fields(row), " "))
			}
			for _, part := range test.want {
				if !slices.ContainsFunc(table, func(row string) bool { return strings.HasPrefix(row, part) || strings.HasSuffix(row, part) }) {
					t.Errorf("the table has no row %q", part)
				}
			}
			if code != test.code && test.code != anyCode {
				t.Errorf("exit code %d, want %d", code, test.code)
			}
			if t.Failed() {
				t.Log(out, said)
			}
			if _, dir, kept := strings.Cut(said, "data and logs are in "); kept {
				dir, _, _ = strings.Cut(dir, "\n")
				if _, err := os.Stat(dir); err != nil {
					t.Error(err)
				}
				_ = os.RemoveAll(dir)
			}
		})
	}
}
