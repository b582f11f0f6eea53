package oss

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// maxParts is how many parts are remembered; older ones are forgotten.
const maxParts = 10_000

// Part is one part that arrived, whatever came of it. Requests whose signature
// is wrong are not among them: nobody knows who sent those.
type Part struct {
	Object      string    `json:"object"`
	UploadID    string    `json:"upload_id"`
	Number      int       `json:"number"` // zero if the client sent none
	Size        int       `json:"size"`   // in bytes
	MD5         string    `json:"md5"`    // hex digits in lower case
	AccessKeyID string    `json:"access_key_id"`
	At          time.Time `json:"at"`
	Status      int       `json:"status"` // of the answer
	Code        string    `json:"code,omitempty"`
}

// Parts returns the parts that arrived so far, oldest first: the last 10,000 of
// them.
func (s *Server) Parts() []Part {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Part{}, s.parts...)
}

// log notes a part and what it is answered.
func (s *Server) log(q request, err error) {
	number, _ := strconv.Atoi(q.query.Get("partNumber"))
	p := Part{
		Object: q.key, UploadID: q.query.Get("uploadId"), Number: number, Size: len(q.body), MD5: digest(q.body),
		AccessKeyID: q.access, At: q.at, Status: http.StatusOK,
	}
	if err != nil {
		p.Code, p.Status = string(codeOf(err)), codeOf(err).status()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.parts) >= maxParts {
		s.parts = slices.Delete(s.parts, 0, maxParts/10)
	}
	s.parts = append(s.parts, p)
}
