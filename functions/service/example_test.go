package service_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/service"
)

func ExampleNew() {
	cfg, err := config.Load([]string{"ALIBABA_CLOUD_ACCESS_KEY_ID=id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET=secret"})
	if err != nil {
		fmt.Println(err)
		return
	}
	s, err := service.New(cfg, service.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	answer := httptest.NewRecorder()
	s.Handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/readyz", http.NoBody))
	fmt.Print(answer.Code, " ", answer.Body)
	// Output: 200 ready
}
