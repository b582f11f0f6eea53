package oss

import (
	"crypto/md5" //nolint:gosec // the documented protocol
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// Object is one that was stored whole.
type Object struct {
	Name   string    `json:"name"`
	Size   int64     `json:"size"` // in bytes
	MD5    string    `json:"md5"`  // hex digits in lower case
	ETag   string    `json:"etag"` // in double quotes; for an object of parts not its MD5
	Stored time.Time `json:"stored"`
}

// Object returns what is stored under a name.
func (s *Server) Object(name string) (Object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[name]
	return o, ok
}

// put stores an object in one piece.
func (s *Server) put(q request) (answer, error) {
	sum := digest(q.body)
	s.keep(Object{Name: q.key, Size: int64(len(q.body)), MD5: sum, ETag: etag(sum), Stored: q.at})
	return answer{status: http.StatusOK, etag: etag(sum)}, nil
}

// keep stores an object, in place of an earlier one, and tells of it.
func (s *Server) keep(o Object) {
	s.mu.Lock()
	s.objects[o.Name] = o
	s.mu.Unlock()
	s.cfg.Stored(o)
}

// digest is the MD5 of some content, hex digits in lower case.
func digest(content []byte) string {
	sum := md5.Sum(content) //nolint:gosec // the documented protocol
	return hex.EncodeToString(sum[:])
}

// etag is an MD5 as an entity tag: upper case, in double quotes.
func etag(sum string) string { return `"` + strings.ToUpper(sum) + `"` }
