package envelope

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strings"
	"unicode/utf8"
)

// Answer is what an HTTP trigger makes an HTTP answer of. It takes one value for
// each header, so values of one name are joined with commas; cookies, which
// cannot be joined, are not for it.
//
// Source: Function Compute, "HTTP trigger: format of the answer".
type Answer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
	Body            string            `json:"body"`
}

// Writer is an [http.ResponseWriter] that keeps the answer as net/http's server
// would have sent it. The zero value is not for use; see [NewWriter].
type Writer struct {
	method string
	header http.Header
	sent   http.Header // header as it was when the status was written
	status int         // zero before
	body   bytes.Buffer
}

// NewWriter is for the answer to a request with a method.
func NewWriter(method string) *Writer { return &Writer{method: method, header: make(http.Header)} }

// Header returns the header to be sent.
func (w *Writer) Header() http.Header { return w.header }

// WriteHeader fixes status and header; it counts once. Informational answers
// (1xx) have no way through an envelope.
func (w *Writer) WriteHeader(status int) {
	if w.status != 0 || status < http.StatusOK {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

// Write adds to the body. It fails where the status allows none, as net/http's
// does.
func (w *Writer) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	if w.status == http.StatusNoContent || w.status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(p)
}

// Answer is what was written. A body that is no text is Base64.
func (w *Writer) Answer() Answer {
	w.WriteHeader(http.StatusOK)
	a := Answer{StatusCode: w.status, Headers: make(map[string]string, len(w.sent)+1)}
	for name, values := range w.sent {
		a.Headers[name] = strings.Join(values, ", ")
	}
	body := w.body.Bytes()
	if _, set := w.sent["Content-Type"]; !set && len(body) > 0 && w.sent.Get("Content-Encoding") == "" {
		a.Headers["Content-Type"] = http.DetectContentType(body)
	}
	switch {
	case w.method == http.MethodHead:
	case utf8.Valid(body):
		a.Body = string(body)
	default:
		a.Body, a.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return a
}
