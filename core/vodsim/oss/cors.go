package oss

import "net/http"

// allowOrigin lets a page of any origin read the answer, as the buckets of the
// platform do. Without ETag among the exposed headers a browser's upload of
// parts cannot go on.
func allowOrigin(header http.Header, r *http.Request) {
	if r.Header.Get("Origin") == "" {
		return
	}
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "ETag, X-Oss-Request-Id")
}

// preflight answers a browser that asks before it sends.
func preflight(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Origin") == "" || r.Header.Get("Access-Control-Request-Method") == "" {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	header := w.Header()
	header.Set("Access-Control-Allow-Methods", "GET, PUT, POST, DELETE")
	header.Set("Access-Control-Allow-Headers", r.Header.Get("Access-Control-Request-Headers"))
	header.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusOK)
}
