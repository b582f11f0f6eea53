package dynamodb

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/vodrefresh/vodrefresh/core"
)

// item is a record as the table holds it.
type item = map[string]types.AttributeValue

// The attributes of an item. Expressions call them #pk and so on, as some are
// words that DynamoDB keeps for itself.
const (
	attrKey      = "pk"
	attrRevision = "revision"
	attrValue    = "value" // none if it is empty
	attrDue      = "due"
	attrShelf    = "shelf"
	attrExpires  = "expires"
	attrTTL      = "ttl"
)

// dueIndex is the index of what is due.
const dueIndex = "due"

// shards is how many partitions of the index a sort of records has.
const shards = 4

// itemOf is a record with a revision.
func itemOf(r core.Record, revision string) item {
	it := item{attrKey: text(r.Key), attrRevision: text(revision)}
	if len(r.Value) > 0 {
		it[attrValue] = &types.AttributeValueMemberB{Value: r.Value}
	}
	if !r.Due.IsZero() {
		it[attrDue], it[attrShelf] = text(writeTime(r.Due)), text(shelfOf(r.Key)+shardOf(r.Key))
	}
	if !r.Expires.IsZero() {
		it[attrExpires] = text(writeTime(r.Expires))
		it[attrTTL] = &types.AttributeValueMemberN{Value: strconv.FormatInt(r.Expires.Unix()+1, 10)} // never too early
	}
	return it
}

// recordOf is the record that an item holds at a time; one that is missing or
// over has nothing but its key.
func recordOf(key string, it item, now time.Time) core.Record {
	r := core.Record{Key: key, Expires: readTime(it[attrExpires])}
	if it == nil || !r.Expires.IsZero() && !now.Before(r.Expires) {
		return core.Record{Key: key}
	}
	r.Revision, r.Due, r.Value = read(it[attrRevision]), readTime(it[attrDue]), []byte{}
	if value, ok := it[attrValue].(*types.AttributeValueMemberB); ok {
		r.Value = value.Value
	}
	return r
}

// keyOf is the primary key of a record.
func keyOf(key string) item { return item{attrKey: text(key)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// read is the text of an attribute, empty if it has none.
func read(v types.AttributeValue) string {
	s, ok := v.(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

// timeForm writes times so that they sort as texts.
const timeForm = "2006-01-02T15:04:05.000000000Z"

// endOfTime is the last time that can be written.
func endOfTime() time.Time { return time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC) }

func writeTime(t time.Time) string { return t.UTC().Format(timeForm) }

func readTime(v types.AttributeValue) time.Time {
	t, err := time.Parse(timeForm, read(v))
	if err != nil {
		return time.Time{}
	}
	return t
}

// shelfOf is the first part of a key, slash included; empty if there is no
// slash.
func shelfOf(key string) string { return key[:strings.IndexByte(key, '/')+1] }

// shardOf is which partition of its shelf a key is in.
func shardOf(key string) string {
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(key)) // never fails
	return shard(int(hash.Sum32() % shards))
}

// shard is the end of a shelf's name in the index.
func shard(n int) string { return "#" + strconv.Itoa(n) }

// checkKeys is the port's check, and that keys are texts.
func checkKeys(op string, keys []string) error {
	if err := core.CheckKeys(keys); err != nil {
		return err
	}
	for i, key := range keys {
		if !utf8.ValidString(key) {
			return refusal(op, fmt.Sprintf("[%d].Key", i), fmt.Sprintf("%q", key), "must be UTF-8")
		}
	}
	return nil
}

// checkRecords is the port's check, and that everything can be written.
func checkRecords(op string, records []core.Record) error {
	if err := core.CheckRecords(records); err != nil {
		return err
	}
	for i, r := range records {
		for name, t := range map[string]time.Time{"Due": r.Due, "Expires": r.Expires} {
			if year := t.UTC().Year(); year < 0 || year > 9999 {
				return refusal(op, fmt.Sprintf("[%d].%s", i, name), strconv.Itoa(year), "must be in the years 0 to 9999")
			}
		}
		if err := checkKeys(op, []string{r.Key}); err != nil {
			return err
		}
	}
	return nil
}

func refusal(op, field, value, detail string) error {
	return &core.Error{Kind: core.Invalid, Op: op, Fields: []core.FieldError{{Field: field, Value: value, Detail: detail}}}
}
