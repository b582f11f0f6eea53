package huawei

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// code is an error code that always has the same status and message.
type code string

// The codes: VOD's own are listed in the error table of its API reference,
// those of the gateway under the API gateway. The table gives 403 to many
// errors that are not about permission.
const (
	internal      code = "VOD.10051"
	wrongProject  code = "VOD.10057"
	wrongContent  code = "VOD.10059"
	unpublished   code = "VOD.10060"
	wrongState    code = "VOD.10061"
	noAsset       code = "VOD.10062"
	preheatsSpent code = "VOD.10086"
	refreshSpent  code = "VOD.10087"
	tooManyURLs   code = "VOD.10109"

	noOperation code = "APIGW.0101"
	tooLarge    code = "APIGW.0201"
	badGateway  code = "APIGW.0610"
	unreachable code = "APIGW.0613"
)

// refusal is an error answer of the platform or its gateway.
type refusal struct {
	status  int
	code    string
	message string
}

// refuse makes the refusal of a code.
func refuse(c code) *refusal {
	known := map[code]refusal{
		internal:      {status: http.StatusForbidden, message: "Internal error."},
		wrongProject:  {status: http.StatusForbidden, message: "Failed to verify the tenant ID."},
		wrongContent:  {status: http.StatusForbidden, message: "The content type is incorrect."},
		unpublished:   {status: http.StatusForbidden, message: "The asset is not published."},
		wrongState:    {status: http.StatusForbidden, message: "The asset status does not allow this operation."},
		noAsset:       {status: http.StatusForbidden, message: "The asset does not exist."},
		preheatsSpent: {status: http.StatusForbidden, message: "The total number of assets preheated today exceeds the limit."},
		refreshSpent:  {status: http.StatusForbidden, message: "The total number of assets refreshed today exceeds the limit."},
		tooManyURLs:   {status: http.StatusForbidden, message: "The number of URLs to be preheated exceeds 10."},

		noOperation: {status: http.StatusNotFound, message: "The API does not exist or has not been published in the environment"},
		tooLarge:    {status: http.StatusRequestEntityTooLarge, message: "The request entity is too large"},
		badGateway:  {status: http.StatusBadGateway, message: "Invalid backend domain name"},
		unreachable: {status: http.StatusServiceUnavailable, message: "The IAM service is not accessible"},
	}
	r := known[c]
	r.code = string(c)
	return &r
}

// illegal refuses a parameter, by the name of the field.
func illegal(field string) *refusal {
	return &refusal{
		http.StatusBadRequest, "VOD.10053",
		fmt.Sprintf("The request parameter is illegal, illegal field: {%s}.", field),
	}
}

// overRate refuses a call beyond a limit of calls a minute.
func overRate(limit int) *refusal {
	return &refusal{
		http.StatusTooManyRequests, "APIGW.0308",
		fmt.Sprintf("The throttling threshold has been reached: policy user over ratelimit,limit:%d,time:1 minute", limit),
	}
}

// unauthenticated refuses the caller.
func unauthenticated(reason string) *refusal {
	return &refusal{
		http.StatusUnauthorized, "APIGW.0301",
		"Incorrect IAM authentication information: " + reason,
	}
}

// answer is what a call gets. Without a status the connection is cut instead.
type answer struct {
	status      int
	code        string // the error code, empty for success
	contentType string
	body        string
}

// jsonAnswer is an answer with a body of the platform's own.
func jsonAnswer(status int, c string, body any) answer {
	text, _ := json.Marshal(body)
	return answer{status: status, code: c, contentType: "application/json", body: string(text)}
}

// answer is the refusal of the request with an ID.
func (r *refusal) answer(id string) answer {
	return jsonAnswer(r.status, r.code, map[string]string{
		"error_code": r.code, "error_msg": r.message, "request_id": id,
	})
}

// write sends the answer to the request with an ID.
func (a answer) write(w http.ResponseWriter, id string) {
	if a.status == 0 {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", a.contentType)
	w.Header().Set("X-Request-Id", id)
	if a.status == http.StatusFound {
		w.Header().Set("Location", "https://login.example.com/")
	}
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}
