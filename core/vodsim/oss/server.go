package oss

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/vodrefresh/vodrefresh/core/clock"
)

// maxBody is the largest part, or object in one piece, that is taken: far less
// than OSS allows, since it is held in memory.
const maxBody = 64 << 20

// Config says what the storage is called and how it answers. The zero value of
// a field means its default.
type Config struct {
	// Bucket is the name of the one bucket. Default outin-simulator.
	Bucket string
	// Expired is the error code for credentials past their time: it is not
	// documented which one every region gives, and SDKs know several. Default
	// SecurityTokenExpired; InvalidAccessKeyId is another.
	Expired string
	// Stored is told of every object that is complete, before the client is.
	// Default nobody.
	Stored func(Object)
	// Clock tells the time. Default [clock.System].
	Clock clock.Clock
}

// Server is an object storage. It is an [http.Handler], safe for concurrent
// use, under whatever host name: that of the bucket may stand before the host's,
// or nowhere, since there is only one. Make one with [New].
type Server struct {
	cfg Config

	mu      sync.Mutex // guards what follows
	issued  issuer
	grants  map[string]Grant // by access key ID
	uploads map[string]*upload
	objects map[string]Object
	parts   []Part
}

// New makes a storage without objects and grants.
func New(cfg Config) *Server {
	cfg.Bucket = cmp.Or(cfg.Bucket, "outin-simulator")
	cfg.Expired = cmp.Or(cfg.Expired, string(tokenExpired))
	if cfg.Stored == nil {
		cfg.Stored = func(Object) {}
	}
	if cfg.Clock == nil {
		cfg.Clock = clock.System{}
	}
	return &Server{
		cfg: cfg, issued: issuer{seed: cfg.Clock.Now().UnixNano()},
		grants: map[string]Grant{}, uploads: map[string]*upload{}, objects: map[string]Object{},
	}
}

// Bucket is the name of the bucket.
func (s *Server) Bucket() string { return s.cfg.Bucket }

// request is a request that was read to its end.
type request struct {
	*http.Request

	id     string // the x-oss-request-id of the answer
	at     time.Time
	key    string // the object's name
	query  url.Values
	body   []byte
	access string // the access key ID, once the signature was checked
}

// ServeHTTP answers a request of a client.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	allowOrigin(w.Header(), r)
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	q := request{Request: r, key: strings.TrimPrefix(r.URL.Path, "/")}
	s.mu.Lock()
	q.id = s.issued.token(24)
	s.mu.Unlock()
	reply, err := s.answer(w, &q)
	if q.access != "" && q.query.Has("partNumber") {
		s.log(q, err)
	}
	if err != nil {
		reply = refusal(err, q, s.cfg.Bucket)
	}
	reply.write(w, q.id)
}

// answer reads the request whole before it looks at it: a browser that is
// answered while it still sends may see a broken connection in place of the
// answer. So credentials must last until the end of the body; OSS looks at them
// when the head arrives.
func (s *Server) answer(w http.ResponseWriter, q *request) (answer, error) {
	var err error
	if q.query, err = url.ParseQuery(q.URL.RawQuery); err != nil {
		return answer{}, refuse(invalidArgument, "The query cannot be read.")
	}
	if q.body, err = io.ReadAll(http.MaxBytesReader(w, q.Body, maxBody)); err != nil {
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			return answer{}, refuse(entityTooLarge)
		}
		return answer{}, refuse(requestTimeout)
	}
	q.at = s.cfg.Clock.Now()
	if err := s.authenticate(q); err != nil {
		return answer{}, err
	}
	if err := checkDigest(q.Header.Get("Content-MD5"), q.body); err != nil {
		return answer{}, err
	}
	run, ok := operation(q)
	if !ok {
		return answer{}, refuse(notImplemented)
	}
	return run(s, *q)
}

// operation finds what a request asks for: its method and the one or two
// parameters of its query that name a sub-resource.
func operation(q *request) (run func(*Server, request) (answer, error), ok bool) {
	resource := ""
	for _, name := range []string{"uploads", "partNumber", "uploadId"} {
		if q.query.Has(name) {
			resource = name
			break
		}
	}
	run, ok = map[string]func(*Server, request) (answer, error){
		"PUT ":            (*Server).put,
		"POST uploads":    (*Server).initiate,
		"PUT partNumber":  (*Server).putPart,
		"GET uploadId":    (*Server).listParts,
		"POST uploadId":   (*Server).complete,
		"DELETE uploadId": (*Server).abort,
	}[q.Method+" "+resource]
	return run, ok && q.key != ""
}
