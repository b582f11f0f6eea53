package oss

import (
	"crypto/md5" //nolint:gosec // the documented protocol
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// minPart is the smallest part, the last excepted; maxPartNumber the highest
// number of one. Both are documented.
const (
	minPart       = 100 << 10
	maxPartNumber = 10_000
)

// upload is one that was begun and is neither complete nor aborted.
type upload struct {
	key   string
	parts map[int]part // by number
}

type part struct {
	content []byte
	md5     string
}

// find looks the upload up that a request names; the server is locked.
func (s *Server) find(q request) (*upload, error) {
	u, ok := s.uploads[q.query.Get("uploadId")]
	if !ok || u.key != q.key {
		return nil, refuse(noSuchUpload)
	}
	return u, nil
}

// initiated is the answer to the begin of an upload.
type initiated struct {
	XMLName  xml.Name `xml:"InitiateMultipartUploadResult"`
	Bucket   string   `xml:"Bucket"`
	Key      string   `xml:"Key"`
	UploadID string   `xml:"UploadId"`
}

// initiate begins an upload in parts.
func (s *Server) initiate(q request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := s.issued.token(32)
	s.uploads[id] = &upload{key: q.key, parts: map[int]part{}}
	return answer{status: http.StatusOK, body: initiated{Bucket: s.cfg.Bucket, Key: q.key, UploadID: id}}, nil
}

// putPart stores a part, in place of an earlier one of that number.
func (s *Server) putPart(q request) (answer, error) {
	number, err := strconv.Atoi(q.query.Get("partNumber"))
	if err != nil || number < 1 || number > maxPartNumber {
		return answer{}, refuse(invalidArgument, "Part number must be an integer between 1 and 10000, inclusive.")
	}
	sum := digest(q.body)
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(q)
	if err != nil {
		return answer{}, err
	}
	u.parts[number] = part{q.body, sum}
	return answer{status: http.StatusOK, etag: etag(sum)}, nil
}

// listed is the answer to the question which parts there are. More than 1,000 of
// them come in one answer here; OSS would cut the list.
type listed struct {
	XMLName     xml.Name     `xml:"ListPartsResult"`
	Bucket      string       `xml:"Bucket"`
	Key         string       `xml:"Key"`
	UploadID    string       `xml:"UploadId"`
	MaxParts    int          `xml:"MaxParts"`
	IsTruncated bool         `xml:"IsTruncated"`
	Part        []listedPart `xml:"Part"`
}

type listedPart struct {
	PartNumber int    `xml:"PartNumber"`
	ETag       string `xml:"ETag"`
	Size       int    `xml:"Size"`
}

func (s *Server) listParts(q request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(q)
	if err != nil {
		return answer{}, err
	}
	reply := listed{Bucket: s.cfg.Bucket, Key: q.key, UploadID: q.query.Get("uploadId"), MaxParts: maxPartNumber}
	for _, number := range slices.Sorted(maps.Keys(u.parts)) {
		p := u.parts[number]
		reply.Part = append(reply.Part, listedPart{PartNumber: number, ETag: etag(p.md5), Size: len(p.content)})
	}
	return answer{status: http.StatusOK, body: reply}, nil
}

// completion is what a client sends to end an upload.
type completion struct {
	XMLName xml.Name        `xml:"CompleteMultipartUpload"`
	Part    []completedPart `xml:"Part"`
}

type completedPart struct {
	PartNumber int    `xml:"PartNumber"`
	ETag       string `xml:"ETag"`
}

type completed struct {
	XMLName  xml.Name `xml:"CompleteMultipartUploadResult"`
	Location string   `xml:"Location"`
	Bucket   string   `xml:"Bucket"`
	ETag     string   `xml:"ETag"`
	Key      string   `xml:"Key"`
}

// complete joins the parts that the client names into an object.
func (s *Server) complete(q request) (answer, error) {
	var asked completion
	if err := xml.Unmarshal(q.body, &asked); err != nil || len(asked.Part) == 0 {
		return answer{}, refuse(malformedXML)
	}
	object, err := s.join(q, asked.Part)
	if err != nil {
		return answer{}, err
	}
	s.keep(object)
	reply := completed{Location: "http://" + q.Host + "/" + q.key, Bucket: s.cfg.Bucket, ETag: object.ETag, Key: q.key}
	return answer{status: http.StatusOK, etag: object.ETag, body: reply}, nil
}

// join puts the named parts together and ends the upload. The entity tag of the
// result is no MD5: on OSS it is a hash of a kind that is not documented.
func (s *Server) join(q request, named []completedPart) (Object, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, err := s.find(q)
	if err != nil {
		return Object{}, err
	}
	whole, size := md5.New(), 0 //nolint:gosec // the documented protocol
	for i, n := range named {
		p, ok := u.parts[n.PartNumber]
		switch {
		case i > 0 && n.PartNumber <= named[i-1].PartNumber:
			return Object{}, refuse(invalidPartOrder)
		case !ok, !strings.EqualFold(strings.Trim(n.ETag, `"`), p.md5):
			return Object{}, refuse(invalidPart)
		case i < len(named)-1 && len(p.content) < minPart:
			return Object{}, refuse(entityTooSmall)
		}
		_, _ = whole.Write(p.content)
		size += len(p.content)
	}
	delete(s.uploads, q.query.Get("uploadId"))
	sum := hex.EncodeToString(whole.Sum(nil))
	tag := fmt.Sprintf(`"%s-%d"`, strings.ToUpper(sum), len(named))
	return Object{Name: q.key, Size: int64(size), MD5: sum, ETag: tag, Stored: q.at}, nil
}

// abort ends an upload and forgets its parts.
func (s *Server) abort(q request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(q); err != nil {
		return answer{}, err
	}
	delete(s.uploads, q.query.Get("uploadId"))
	return answer{status: http.StatusNoContent}, nil
}
