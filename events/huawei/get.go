package huawei

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// answer is what came back from one request.
type answer struct {
	status int
	body   []byte
}

// get makes one request to a URL that was pinned before. It asks the transport
// itself, and no http.Client: so nothing is followed, sent along or repeated.
func get(ctx context.Context, transport http.RoundTripper, url string, most int64) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answer{}, err
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }() // it is read, or no longer wanted
	body, err := io.ReadAll(io.LimitReader(response.Body, most+1))
	if err != nil {
		return answer{}, err
	}
	if int64(len(body)) > most {
		return answer{}, tooLongError(most)
	}
	return answer{response.StatusCode, body}, nil
}

// tooLongError is the most bytes that an answer was allowed.
type tooLongError int64

func (e tooLongError) Error() string {
	return fmt.Sprintf("the answer has more than %d bytes", int64(e))
}

// orDirect is the transport, or one that goes straight to Huawei: no proxy of
// the environment comes in between, and no connection is kept.
func orDirect(transport http.RoundTripper) http.RoundTripper {
	if transport != nil {
		return transport
	}
	return &http.Transport{
		DisableKeepAlives:      true,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    2 * time.Second,
		MaxResponseHeaderBytes: 16 << 10,
	}
}
