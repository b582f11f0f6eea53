package credentials_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/bearer"
	"github.com/vodrefresh/vodrefresh/functions/credentials"
)

func ExampleHandler() {
	mux := http.NewServeMux()
	mux.Handle(credentials.Path, credentials.Handler(credentials.Config{
		Issuer: upload.NewIssuer(upload.IssuerConfig{Platform: &studio{status: "Uploading"}, Store: memory.NewStore(nil)}),
		Tokens: bearer.Hash([]secret.Value{secret.New("0123456789abcdef")}),
		Log:    slog.New(slog.DiscardHandler),
	}))
	for _, token := range []string{"0123456789abcdef", "guess"} {
		r := httptest.NewRequest(http.MethodPost, "/v1/uploads/43a5b1e0d7f64f6c9d2e8f7a6b5c4d3e/credentials", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		fmt.Println(w.Code, w.Header().Get("Cache-Control"))
	}
	// Output:
	// 200 no-store
	// 401 no-store
}
