package ledger

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// appointment is when a record is due, in 16 bytes.
type appointment struct {
	due  moment
	what uint64 // the hash of its key, and above it the hour in which it expires
}

func newAppointment(due moment, hash uint64, expires hour) appointment {
	return appointment{due, hash | uint64(expires)<<hashBits}
}

func (a appointment) hash() uint64 { return a.what & (1<<hashBits - 1) }
func (a appointment) hour() hour   { return hour(a.what >> hashBits) } //nolint:gosec // that many bits are above it

// compare orders by time.
func (a appointment) compare(b appointment) int {
	return cmp.Or(cmp.Compare(a.due, b.due), cmp.Compare(a.what, b.what))
}

// agenda is what is due, by the class of its key: all up to the first slash, which
// is what is asked for. The same may be in it more than once, for keys of one hash.
type agenda map[string]*calendar

// calendar is sorted, in parts of limited size. None is empty.
type calendar struct{ parts [][]appointment }

// partSize is when a part is divided.
const partSize = 512

// class is that of a key.
func class(key string) string { return key[:strings.IndexByte(key, '/')+1] }

func (a agenda) add(class string, n appointment) {
	c := a[class]
	if c == nil {
		c = &calendar{}
		a[class] = c
	}
	c.add(n)
}

// remove takes out one appointment like n.
func (a agenda) remove(class string, n appointment) {
	if c := a[class]; c != nil {
		c.remove(n)
		if len(c.parts) == 0 {
			delete(a, class)
		}
	}
}

// dated is an appointment, with its class.
type dated struct {
	appointment

	class string
}

// after lists up to most appointments of keys with a prefix, behind one and not
// later than a time, the earliest first.
func (a agenda) after(prefix string, behind appointment, until moment, most int) []dated {
	var found []dated
	for class, c := range a {
		if !strings.HasPrefix(prefix, class) && !strings.HasPrefix(class, prefix) {
			continue
		}
		some := 0
		for n := range c.from(behind, until) {
			if n.compare(behind) == 0 {
				continue
			}
			if some == most {
				break
			}
			some++
			found = append(found, dated{n, class})
		}
	}
	slices.SortFunc(found, func(a, b dated) int { return cmp.Or(a.compare(b.appointment), cmp.Compare(a.class, b.class)) })
	return found[:min(most, len(found))]
}

// sweep takes out what has expired before an hour.
func (a agenda) sweep(now hour) {
	for class, c := range a {
		for i := range c.parts {
			c.parts[i] = slices.DeleteFunc(c.parts[i], func(n appointment) bool { return n.hour().before(now) })
		}
		c.parts = slices.DeleteFunc(c.parts, func(p []appointment) bool { return len(p) == 0 })
		if len(c.parts) == 0 {
			delete(a, class)
		}
	}
}

// find is where an appointment is or would be.
func (c *calendar) find(n appointment) (part, at int) {
	part, _ = slices.BinarySearchFunc(c.parts, n, func(p []appointment, n appointment) int { return p[len(p)-1].compare(n) })
	if part == len(c.parts) {
		return part, 0
	}
	at, _ = slices.BinarySearchFunc(c.parts[part], n, appointment.compare)
	return part, at
}

func (c *calendar) add(n appointment) {
	part, at := c.find(n)
	if part == len(c.parts) {
		if part == 0 {
			c.parts = append(c.parts, []appointment{n})
			return
		}
		part--
		at = len(c.parts[part])
	}
	p := slices.Insert(c.parts[part], at, n)
	c.parts[part] = p
	if len(p) > partSize {
		half := len(p) / 2
		c.parts[part] = slices.Clone(p[:half])
		c.parts = slices.Insert(c.parts, part+1, slices.Clone(p[half:]))
	}
}

func (c *calendar) remove(n appointment) {
	part, at := c.find(n)
	if part == len(c.parts) || c.parts[part][at].compare(n) != 0 {
		return
	}
	c.parts[part] = slices.Delete(c.parts[part], at, at+1)
	if len(c.parts[part]) == 0 {
		c.parts = slices.Delete(c.parts, part, part+1)
	}
}

// from yields the appointments from one until a time.
func (c *calendar) from(first appointment, until moment) iter.Seq[appointment] {
	return func(yield func(appointment) bool) {
		if c == nil {
			return
		}
		part, at := c.find(first)
		for ; part < len(c.parts); part, at = part+1, 0 {
			for _, n := range c.parts[part][at:] {
				if n.due > until || !yield(n) {
					return
				}
			}
		}
	}
}
