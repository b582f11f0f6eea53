package oss_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// hundred is a part of the smallest size, all of one letter.
func hundred(letter string) []byte { return bytes.Repeat([]byte(letter), 100<<10) }

func TestUploadInParts(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	id := s.begin()
	last := s.part(id, 7, []byte("end"))
	first := s.part(id, 2, hundred("a"))
	if want := `"7F021A1415B86F2D013B2618FB31AE53"`; last != want {
		t.Errorf("entity tag %s, want %s, the MD5", last, want)
	}
	if o, ok := s.Object(film); ok {
		t.Errorf("%+v was stored before its parts were joined", o)
	}

	listed := s.must(http.MethodGet, film+"?uploadId="+id, nil)
	if len(listed.Part) != 2 || listed.Part[0].PartNumber != 2 || listed.Part[0].ETag != first || listed.Part[0].Size != 100<<10 ||
		listed.Part[1].PartNumber != 7 || listed.UploadID != id {
		t.Errorf("listed %+v", listed)
	}

	whole := append(hundred("a"), "end"...)
	done := s.must(http.MethodPost, film+"?uploadId="+id, list(2, first, 7, last))
	o, ok := s.Object(film)
	if !ok || o.MD5 != digest(whole) || o.Size != int64(len(whole)) || o.ETag != done.ETag || done.header.Get("ETag") != done.ETag {
		t.Errorf("object %+v, answer %+v", o, done)
	}
	if done.Key != film || done.Location != "http://outin-simulator.localhost/"+film {
		t.Errorf("answer %+v", done)
	}
	s.refused(s.do(http.MethodPost, film+"?uploadId="+id, list(2, first, 7, last)), http.StatusNotFound, "NoSuchUpload")
}

// A part that comes twice counts once, as it came last; only the named parts are
// joined.
func TestPartsAreReplaced(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	id := s.begin()
	old, left := s.part(id, 1, []byte("old")), s.part(id, 2, []byte("left out"))
	renewed := s.part(id, 1, []byte("new"))
	s.refused(s.do(http.MethodPost, film+"?uploadId="+id, list(1, old)), http.StatusBadRequest, "InvalidPart")
	s.must(http.MethodPost, film+"?uploadId="+id, list(1, renewed))
	if o, _ := s.Object(film); o.MD5 != digest([]byte("new")) || left == "" {
		t.Errorf("object %+v", o)
	}
}

func TestRefusedParts(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	id := s.begin()
	small, first := s.part(id, 1, []byte("small")), s.part(id, 2, hundred("b"))
	other := s.Grant("other", time.Hour)
	for name, tt := range map[string]struct {
		method, target string
		body           []byte
		status         int
		code           string
	}{
		"number 0":           {http.MethodPut, partOf(id, 0), nil, 400, "InvalidArgument"},
		"number 10001":       {http.MethodPut, partOf(id, 10_001), nil, 400, "InvalidArgument"},
		"no number":          {http.MethodPut, film + "?partNumber=&uploadId=" + id, nil, 403, "SignatureDoesNotMatch"},
		"no such upload":     {http.MethodPut, partOf("x", 1), nil, 404, "NoSuchUpload"},
		"list of none":       {http.MethodGet, film + "?uploadId=x", nil, 404, "NoSuchUpload"},
		"abort none":         {http.MethodDelete, film + "?uploadId=x", nil, 404, "NoSuchUpload"},
		"complete none":      {http.MethodPost, film + "?uploadId=x", list(1, small), 404, "NoSuchUpload"},
		"no list":            {http.MethodPost, film + "?uploadId=" + id, nil, 400, "MalformedXML"},
		"an empty list":      {http.MethodPost, film + "?uploadId=" + id, list(), 400, "MalformedXML"},
		"no XML":             {http.MethodPost, film + "?uploadId=" + id, []byte("{}"), 400, "MalformedXML"},
		"the wrong order":    {http.MethodPost, film + "?uploadId=" + id, list(2, first, 1, small), 400, "InvalidPartOrder"},
		"one twice":          {http.MethodPost, film + "?uploadId=" + id, list(2, first, 2, first), 400, "InvalidPartOrder"},
		"one that is not":    {http.MethodPost, film + "?uploadId=" + id, list(2, first, 3, first), 400, "InvalidPart"},
		"a wrong entity tag": {http.MethodPost, film + "?uploadId=" + id, list(2, small), 400, "InvalidPart"},
		"too small":          {http.MethodPost, film + "?uploadId=" + id, list(1, small, 2, first), 400, "EntityTooSmall"},
	} {
		if got := s.do(tt.method, tt.target, tt.body); got.status != tt.status || got.Code != tt.code {
			t.Errorf("%s: %d %s (%s), want %d %s", name, got.status, got.Code, got.Message, tt.status, tt.code)
		}
	}
	s.grant = other
	s.refused(s.do(http.MethodPost, "other?uploadId="+id, list(2, first)), http.StatusNotFound, "NoSuchUpload")
	if o, ok := s.Object(film); ok {
		t.Errorf("%+v was stored", o)
	}
}

func TestAbort(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	id := s.begin()
	tag := s.part(id, 1, []byte("x"))
	if got := s.do(http.MethodDelete, film+"?uploadId="+id, nil); got.status != http.StatusNoContent {
		t.Fatalf("answer %+v", got)
	}
	s.refused(s.do(http.MethodPost, film+"?uploadId="+id, list(1, tag)), http.StatusNotFound, "NoSuchUpload")
}

// The log has every part whose sender is known, refused or not.
func TestParts(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	id := s.begin()
	s.part(id, 1, []byte("one"))
	s.do(http.MethodPut, partOf("x", 2), []byte("two"))
	first := s.grant.AccessKeyID
	forged := s.request(http.MethodPut, partOf(id, 3), nil)
	forged.Header.Set("Content-Type", "text/plain")
	s.refused(s.send(forged), http.StatusForbidden, "SignatureDoesNotMatch")
	s.clock.Advance(time.Hour)
	s.do(http.MethodPut, partOf(id, 4), []byte("four"))
	s.grant = s.Grant(film, time.Hour)
	s.part(id, 4, []byte("four"))

	part := func(upload string, number int, content, key string, at time.Time, status int, code string) oss.Part {
		return oss.Part{
			Object: film, UploadID: upload, Number: number, Size: len(content), MD5: digest([]byte(content)),
			AccessKeyID: key, At: at, Status: status, Code: code,
		}
	}
	later := noon().Add(time.Hour)
	want := []oss.Part{
		part(id, 1, "one", first, noon(), 200, ""),
		part("x", 2, "two", first, noon(), 404, "NoSuchUpload"),
		part(id, 4, "four", first, later, 403, "SecurityTokenExpired"),
		part(id, 4, "four", s.grant.AccessKeyID, later, 200, ""),
	}
	if got := s.Parts(); !slices.Equal(got, want) {
		t.Errorf("parts\n%+v, want\n%+v", got, want)
	}
	s.Parts()[0].Number = 9
	if s.Parts()[0].Number != 1 {
		t.Error("a caller changed the log")
	}
}

func TestOldPartsAreForgotten(t *testing.T) {
	t.Parallel()
	s := newStorage(t, oss.Config{})
	id := s.begin()
	for n := range 10_001 {
		s.do(http.MethodPut, partOf(id, 1), fmt.Append(nil, n))
	}
	parts := s.Parts()
	if len(parts) != 9_001 || parts[0].MD5 != digest([]byte("1000")) || parts[9_000].MD5 != digest([]byte("10000")) {
		t.Errorf("%d parts, first %s", len(parts), parts[0].MD5)
	}
}
