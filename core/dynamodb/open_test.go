package dynamodb_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/dynamodb"
	"github.com/vodrefresh/vodrefresh/core/emulatortest"
)

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		url, want string
		env       []string
	}{
		"empty":          {"", "must be dynamodb:// and the name of a table", nil},
		"another scheme": {"redis://vodrefresh", "must be dynamodb://", nil},
		"no name":        {"dynamodb://", "must be dynamodb://", nil},
		"a short name":   {"dynamodb://ab", "3 to 255", nil},
		"a key in it":    {"dynamodb://" + emulatortest.KeyID + ":" + emulatortest.Key + "@table", "not ***", nil},
		"parameters":     {table + "?key=" + emulatortest.Key, "not ***", nil},
		"no region":      {table, `AWS_REGION: must be a region such as eu-west-1, not ""`, []string{"AWS_REGION="}},
		"http elsewhere": {table, "AWS_ENDPOINT_URL_DYNAMODB: must be https", []string{"AWS_ENDPOINT_URL_DYNAMODB=http://10.0.0.1:4567"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := dynamodb.Open(test.url, dynamodb.Options{Getenv: emulatortest.Environ(test.env...)})
			if s != nil || core.KindOf(err) != core.Invalid || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Open returns %v, %v; want that %q", s, err, test.want)
			}
			discreet(t, err)
		})
	}
}

// TestWhereRequestsGo looks at the first request of a store.
func TestWhereRequestsGo(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		env       []string
		allowHTTP bool
		want      string
	}{
		"the region's own":   {nil, false, "https://dynamodb.eu-west-1.amazonaws.com"},
		"another region":     {[]string{"AWS_REGION=cn-north-1"}, false, "https://dynamodb.cn-north-1.amazonaws.com.cn"},
		"an emulator":        {[]string{"AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:4567", "AWS_ENDPOINT_URL=https://no"}, false, "http://127.0.0.1:4567"},
		"one in a container": {[]string{"AWS_ENDPOINT_URL=http://10.0.0.1:4567"}, true, "http://10.0.0.1:4567"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var request *http.Request
			s, err := dynamodb.Open(table, dynamodb.Options{
				AllowHTTP: test.allowHTTP, Getenv: emulatortest.Environ(test.env...),
				Transport: emulatortest.Transport(func(c emulatortest.Call) (any, error) {
					request = c.Request
					return map[string]any{}, nil
				}),
			})
			must(t, err)
			defer s.Close()
			if request != nil {
				t.Error("it was asked before it was used")
			}
			if _, err := s.Get(t.Context(), []string{"k"}); err != nil || request.URL.Scheme+"://"+request.URL.Host != test.want {
				t.Errorf("asked %v, %v; want %s", request.URL, err, test.want)
			}
		})
	}
}

// TestAnswers is the table of what the service's errors mean.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer any
		kind   core.Kind
		text   string
	}{
		"no table":   {emulatortest.Refusal{Code: "ResourceNotFoundException"}, core.Unavailable, "there is no such table, or it has no index named due (ResourceNotFoundException, request request-1)"},
		"in the way": {emulatortest.Refusal{Code: "ResourceInUseException"}, core.Unavailable, "being made or changed"},
		"throttled":  {emulatortest.Refusal{Code: "ProvisionedThroughputExceededException"}, core.Throttled, "the table takes no more right now"},
		"too many":   {emulatortest.Refusal{Code: "RequestLimitExceeded"}, core.Throttled, "too many calls right now"},
		"tables":     {emulatortest.Refusal{Code: "LimitExceededException"}, core.Throttled, "tables"},
		"conflict":   {emulatortest.Refusal{Code: "TransactionConflictException"}, core.Unavailable, "written by somebody else"},
		"denied": {
			emulatortest.Refusal{Code: "AccessDeniedException", Message: "User: x is not authorized to perform: dynamodb:y"},
			core.Forbidden, "is not authorized to perform: dynamodb:y (AccessDeniedException",
		},
		"signature": {emulatortest.Refusal{Code: "UnrecognizedClientException", Message: emulatortest.Session}, core.Unauthenticated, "the credentials are not accepted"},
		"invalid":   {emulatortest.Refusal{Code: "ValidationException", Message: "One of " + emulatortest.Key}, core.Internal, "the service refuses: One of *** (ValidationException"},
		"broken":    {emulatortest.Refusal{Status: http.StatusInternalServerError, Code: "InternalServerError"}, core.Unavailable, "not in order right now"},
		"nobody":    {errors.New("connection of " + emulatortest.Key), core.Unavailable, "the service cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := fake(t, &service{answer: func(emulatortest.Call) any { return test.answer }})
			for op, err := range operations(t.Context(), s) {
				if core.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.text) || !strings.HasPrefix(err.Error(), "dynamodb ") {
					t.Errorf("%s: %v of kind %s; want one of kind %s with %q", op, err, core.KindOf(err), test.kind, test.text)
				}
				discreet(t, err)
			}
		})
	}
}

func TestEnded(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	closed := fake(t, new(service))
	must(t, closed.Close())
	must(t, closed.Close())
	for name, test := range map[string]struct {
		ctx  context.Context
		s    *dynamodb.Store
		text string
	}{
		"cancelled": {cancelled, fake(t, new(service)), "the caller gave up"},
		"closed":    {t.Context(), closed, "it is closed"},
	} {
		for op, err := range operations(test.ctx, test.s) {
			if core.KindOf(err) != core.Unavailable || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%s, %s: %v of kind %s, want %q", name, op, err, core.KindOf(err), test.text)
			}
		}
	}
}
