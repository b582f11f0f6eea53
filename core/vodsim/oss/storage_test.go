package oss_test

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/md5"  //nolint:gosec // the documented protocol
	"crypto/sha1" //nolint:gosec // the documented protocol
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim/oss"
)

// film is the object that most of these tests upload.
const film = "sv/1-2/1-2.mp4"

func noon() time.Time { return time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC) }

// storage is a server under test and a client of it that holds credentials.
type storage struct {
	*oss.Server
	t     *testing.T
	clock *clock.Fake
	grant oss.Grant
}

func newStorage(t *testing.T, cfg oss.Config) *storage {
	t.Helper()
	fake := clock.NewFake(noon())
	cfg.Clock = fake
	s := &storage{Server: oss.New(cfg), t: t, clock: fake}
	s.grant = s.Grant(film, time.Hour)
	return s
}

// request makes a signed request; change is made after everything was set and
// before the signature.
func (s *storage) request(method, target string, body []byte, change ...func(*http.Request)) *http.Request {
	s.t.Helper()
	r := httptest.NewRequest(method, "http://"+s.Bucket()+".localhost/"+target, bytes.NewReader(body))
	r.Header.Set("X-Oss-Date", s.clock.Now().Format(http.TimeFormat))
	r.Header.Set("X-Oss-Security-Token", s.grant.SecurityToken.Reveal())
	for _, c := range change {
		c(r)
	}
	r.Header.Set("Authorization", "OSS "+s.grant.AccessKeyID+":"+sign(r, s.Bucket(), s.grant.AccessKeySecret.Reveal()))
	return r
}

// sign is the signature, made the other way round than the server checks it:
// out of the URL as it was sent.
func sign(r *http.Request, bucket, key string) string {
	date := cmp.Or(r.Header.Get("X-Oss-Date"), r.Header.Get("Date"))
	text := r.Method + "\n" + r.Header.Get("Content-MD5") + "\n" + r.Header.Get("Content-Type") + "\n" + date + "\n"
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if strings.HasPrefix(name, "X-Oss-") {
			text += strings.ToLower(name) + ":" + r.Header.Get(name) + "\n"
		}
	}
	path, _ := url.PathUnescape(r.URL.EscapedPath())
	text += "/" + bucket + path
	if r.URL.RawQuery != "" {
		text += "?" + strings.TrimSuffix(r.URL.RawQuery, "=")
	}
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// reply is what a request got; the fields of whichever document it was.
type reply struct {
	status int
	header http.Header

	XMLName                     xml.Name
	Code, Message, ServerTime   string
	RequestID                   string `xml:"RequestId"`
	HostID                      string `xml:"HostId"`
	UploadID                    string `xml:"UploadId"`
	Bucket, Key, ETag, Location string
	Part                        []struct {
		PartNumber, Size int
		ETag             string
	}
}

func (s *storage) send(r *http.Request) reply {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	got := reply{status: w.Code, header: w.Header()}
	if w.Body.Len() > 0 {
		if err := xml.Unmarshal(w.Body.Bytes(), &got); err != nil {
			s.t.Fatalf("answer %s: %v", w.Body, err)
		}
	}
	if w.Code >= 400 && (got.XMLName.Local != "Error" || got.Message == "" || got.RequestID == "" || got.HostID == "") {
		s.t.Errorf("refusal %s lacks something", w.Body)
	}
	return got
}

// do sends a signed request.
func (s *storage) do(method, target string, body []byte, change ...func(*http.Request)) reply {
	s.t.Helper()
	return s.send(s.request(method, target, body, change...))
}

// must sends one that has to succeed.
func (s *storage) must(method, target string, body []byte) reply {
	s.t.Helper()
	got := s.do(method, target, body)
	if got.status != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s %s", method, target, got.status, got.Code, got.Message)
	}
	return got
}

func (s *storage) refused(got reply, status int, code string) {
	s.t.Helper()
	if got.status != status || got.Code != code {
		s.t.Errorf("answer %d %s (%s), want %d %s", got.status, got.Code, got.Message, status, code)
	}
}

// begin begins an upload of the film.
func (s *storage) begin() string {
	s.t.Helper()
	got := s.must(http.MethodPost, film+"?uploads", nil)
	if got.UploadID == "" || got.Bucket != s.Bucket() || got.Key != film {
		s.t.Fatalf("begun %+v", got)
	}
	return got.UploadID
}

// part sends a part and returns its entity tag.
func (s *storage) part(id string, number int, content []byte) string {
	s.t.Helper()
	return s.must(http.MethodPut, partOf(id, number), content).header.Get("ETag")
}

func partOf(id string, number int) string {
	return fmt.Sprintf("%s?partNumber=%d&uploadId=%s", film, number, id)
}

// list is the body that ends an upload: pairs of number and entity tag.
func list(pairs ...any) []byte {
	text := `<?xml version="1.0" encoding="UTF-8"?><CompleteMultipartUpload>`
	for pair := range slices.Chunk(pairs, 2) {
		text += fmt.Sprintf("<Part><PartNumber>%v</PartNumber><ETag>%v</ETag></Part>", pair...)
	}
	return []byte(text + "</CompleteMultipartUpload>")
}

func digest(content []byte) string {
	sum := md5.Sum(content) //nolint:gosec // the documented protocol
	return hex.EncodeToString(sum[:])
}
