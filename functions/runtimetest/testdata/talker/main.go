// Command talker speaks to a Runtime API without any library, and does what its
// events say: for the tests of the API.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	base := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	id, accepted := "Lambda-Runtime-Aws-Request-Id", http.StatusAccepted
	if address := os.Getenv("FC_RUNTIME_API"); address != "" {
		base, id, accepted = "http://"+address+"/2020-11-11/runtime/invocation/", "X-Fc-Request-Id", http.StatusOK
	}
	fmt.Println("environment:", strings.Join(os.Environ(), " "))
	for {
		event, err := http.Get(base + "next")
		if err != nil {
			os.Exit(7)
		}
		text, _ := io.ReadAll(event.Body)
		answer, body := "/response", string(text)
		switch string(text) {
		case "exit":
			os.Exit(3)
		case "fail":
			answer, body = "/error", `{"errorMessage":"no","errorType":"errorString"}`
		case "header":
			body = fmt.Sprint(event.Header)
		case "log":
			fmt.Fprintln(os.Stderr, "logged")
		case "stray":
			http.Get(base + "nothing")
		}
		taken, err := http.Post(base+event.Header.Get(id)+answer, "application/json", strings.NewReader(body))
		if err != nil || taken.StatusCode != accepted {
			os.Exit(4)
		}
		if string(text) == "twice" {
			http.Post(base+event.Header.Get(id)+answer, "application/json", strings.NewReader(body))
		}
	}
}
