package jetstream

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
)

// loadTries is how often a record is looked up that is always being written.
const loadTries = 20

// read reads the records of keys, from the leaders. Between the index and the page
// that it names, the record may be written anew, and the old page be removed: then
// the index names another.
func (s *paged) read(ctx context.Context, keys []string) ([]core.Record, error) {
	records := make([]core.Record, len(keys))
	left := make([]int, len(keys))
	for i, key := range keys {
		records[i].Key, left[i] = key, i
	}
	for range loadTries {
		var err error
		if left, err = s.loadSome(ctx, records, left); err != nil || len(left) == 0 {
			return records, err
		}
	}
	return nil, core.Errorf(core.Internal, "get: the page of record %q is gone", records[left[0]].Key)
}

// loadSome reads some of the records, and returns which of them have no page any more.
func (s *paged) loadSome(ctx context.Context, records []core.Record, which []int) (left []int, err error) {
	keys := make([]string, len(which))
	for i, at := range which {
		keys[i] = records[at].Key
	}
	places, err := s.places(ctx, keys)
	if err != nil {
		return nil, err
	}
	pages, err := s.open(ctx, places)
	if err != nil {
		return nil, err
	}
	for i, at := range which {
		p, key := places[i], keys[i]
		if p.page == 0 {
			continue
		}
		record, ours := pages[p.page][key]
		switch _, exists := pages[p.page]; {
		case ours:
			records[at] = record
		case !exists:
			left = append(left, at)
		default:
			return nil, core.Errorf(core.Internal, "get: page %d does not have the record %q: two keys have one hash", p.page, key)
		}
	}
	return left, nil
}

// places looks up where the records of keys are. One that does not exist, or has
// expired, has no place.
func (s *paged) places(ctx context.Context, keys []string) ([]place, error) {
	asked := lookup{}
	for _, key := range keys {
		subject, _ := s.names.bucket(key)
		asked.add(subject)
	}
	buckets, err := s.buckets(ctx, &asked)
	if err != nil {
		return nil, err
	}
	now := s.conn.clock.Now()
	places := make([]place, len(keys))
	for i, key := range keys {
		subject, m := s.names.bucket(key)
		if p := buckets[subject].places.find(m); p.alive(now) {
			places[i] = p
		}
	}
	return places, nil
}

// shelf is a bucket, with the sequence that its next write has to name.
type shelf struct {
	places   bucket
	sequence uint64
}

// buckets reads those of subjects.
func (s *paged) buckets(ctx context.Context, asked *lookup) (map[string]shelf, error) {
	messages, err := s.last(ctx, asked.subjects)
	if err != nil {
		return nil, err
	}
	buckets := make(map[string]shelf, len(messages))
	for i, m := range messages {
		places, err := decodeBucket(m)
		if err != nil {
			return nil, err
		}
		buckets[asked.subjects[i]] = shelf{places, m.Sequence}
	}
	return buckets, nil
}

// lookup is a list of subjects, each once.
type lookup struct {
	subjects []string
	known    map[string]bool
}

func (l *lookup) add(subject string) {
	if l.known == nil {
		l.known = map[string]bool{}
	}
	if !l.known[subject] {
		l.known[subject] = true
		l.subjects = append(l.subjects, subject)
	}
}

// open reads the pages of places, those that are still there.
func (s *paged) open(ctx context.Context, places []place) (map[uint64]page, error) {
	pages := map[uint64]page{}
	var sequences []uint64
	for _, p := range places {
		if _, known := pages[p.page]; !known && p.page != 0 {
			pages[p.page] = nil
			sequences = append(sequences, p.page)
		}
	}
	messages, err := s.messages(ctx, s.pages, len(sequences), func(i int) any {
		return map[string]uint64{"seq": sequences[i]}
	})
	if err != nil {
		return nil, err
	}
	for i, m := range messages {
		if m.Sequence == 0 {
			delete(pages, sequences[i])
			continue
		}
		if pages[m.Sequence], err = decodePage(m); err != nil {
			return nil, err
		}
	}
	return pages, nil
}
