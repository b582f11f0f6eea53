package config

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// misspelt is a variable that looks like one of the table's and is none, and the
// one that may be meant, if any is near. Its value is nobody's business.
type misspelt struct{ name, meant string }

// String says so in a sentence.
func (m misspelt) String() string {
	text := m.name + " is no variable of this program and changes nothing"
	if m.meant != "" {
		text += "; " + m.meant + " is one"
	}
	return text
}

// ownBeginnings are those that only variables of this program have; others, such
// as LOG_ and HUAWEICLOUD_SDK_, are of other programs, too.
func ownBeginnings() []string { return []string{"ALIYUN_", "HUAWEI_"} }

// findMisspelt finds them in an environment, sorted by name.
func findMisspelt(vars map[string]string) (found []misspelt) {
	ours := names()
	for _, name := range secretNames() {
		ours = append(ours, name+"_FILE")
	}
	const deployment = "ALIYUN_ACCOUNT_ID" // of s.yaml
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		if slices.Contains(ours, name) || name == deployment || strings.Trim(name, letters) != "" {
			continue
		}
		meant := nearest(name, ours, vars)
		own := func(beginning string) bool { return strings.HasPrefix(name, beginning) }
		if meant != "" || slices.ContainsFunc(ownBeginnings(), own) {
			found = append(found, misspelt{name, meant})
		}
	}
	return found
}

// nearest is the variable that a name is at most two edits away from, or one where
// the variable is short. Who has set the variable itself means something else by the name.
func nearest(name string, ours []string, vars map[string]string) (meant string) {
	const short, far = 8, 2
	best := far + 1
	for _, v := range ours {
		if !alike(name, v, far) {
			continue
		}
		most := far
		if len(v) <= short {
			most = 1
		}
		if n := edits(name, v); n <= most && n < best && vars[v] == "" {
			meant, best = v, n
		}
	}
	return meant
}

// alike reports whether two names are nearly as long, and have the same beginning or
// end, as those that are an edit or two apart mostly do: comparing all with all would
// cost a function a tenth of its start.
func alike(a, b string, far int) bool {
	const few = 2
	n := min(few, len(a), len(b))
	near := len(a)-len(b) <= far && len(b)-len(a) <= far
	return near && (a[:n] == b[:n] || a[len(a)-n:] == b[len(b)-n:])
}

// edits is how many letters must be put in, left out, replaced or swapped with the
// next one to make one text of another (optimal string alignment).
func edits(a, b string) int {
	var before []int // the row above the last one
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			replaced := row[j]
			if a[i] != b[j] {
				replaced++
			}
			next[j+1] = min(replaced, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

// names are the variables of the table.
func names() []string {
	var all []string
	for field := range reflect.TypeFor[Config]().Fields() {
		if name := field.Tag.Get("env"); name != "-" {
			all = append(all, name)
		}
	}
	return all
}
