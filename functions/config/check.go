package config

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/aliyun"
	callbacks "github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// minToken is the fewest characters of an API token.
const minToken = 16

// problems are the values that parse but cannot work.
func (c Config) problems() (wrong []core.FieldError) {
	bad := func(name string, value any, detail string) {
		wrong = append(wrong, core.FieldError{Field: name, Value: value, Detail: detail})
	}
	if c.AccessKeyID != "" && c.AccessKeySecret.Empty() {
		bad("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "", "is required with ALIBABA_CLOUD_ACCESS_KEY_ID")
	}
	if c.AccessKeyID == "" && (!c.AccessKeySecret.Empty() || !c.SecurityToken.Empty()) {
		bad("ALIBABA_CLOUD_ACCESS_KEY_ID", "", "is required with the secret or the token")
	}
	switch {
	case len(c.CallbackURLs) > 0 && len(c.CallbackKeys) == 0:
		bad("ALIYUN_CALLBACK_KEYS", "", "is required with ALIYUN_CALLBACK_URLS")
	case len(c.CallbackURLs) == 0 && len(c.CallbackKeys) > 0:
		bad("ALIYUN_CALLBACK_URLS", "", "is required with ALIYUN_CALLBACK_KEYS")
	}
	if len(c.CallbackURLs) > 0 {
		if _, err := callbacks.NewVerifier(c.CallbackURLs, []secret.Value{secret.New("any")}); err != nil {
			bad("ALIYUN_CALLBACK_URLS", fmt.Sprintf("%d of them", len(c.CallbackURLs)), err.Error())
		}
	}
	if len(c.CallbackKeys) > 0 {
		if _, err := callbacks.NewVerifier([]string{"https://any.example.com"}, c.CallbackKeys); err != nil {
			bad("ALIYUN_CALLBACK_KEYS", fmt.Sprintf("%d of them", len(c.CallbackKeys)), err.Error())
		}
	}
	if c.HasHuawei() && !c.HasAliyun() && len(c.CallbackKeys) > 0 {
		bad("ALIBABA_CLOUD_ACCESS_KEY_ID", "", "is required with ALIYUN_CALLBACK_KEYS where Huawei's keys are set")
	}
	wrong = append(wrong, c.wrongEndpoint()...)
	wrong = append(wrong, c.wrongHuawei()...)
	if !(c.AliyunRate > 0 && c.AliyunRate <= 1000) {
		bad("ALIYUN_RATE", c.AliyunRate, "must be above 0 and at most 1000 calls a second")
	}
	for i, token := range c.APITokens {
		if text := token.Reveal(); len(text) < minToken || strings.TrimSpace(text) != text {
			bad("API_TOKENS", fmt.Sprintf("token %d of %d", i+1, len(c.APITokens)), "each must have at least 16 characters and no blank at its ends")
		}
	}
	wrong = append(wrong, c.wrongUploads()...)
	if !validAddress(c.ListenAddr) {
		bad("LISTEN_ADDR", c.ListenAddr, "must be host:port, the port between 0 and 65535")
	}
	wrong = append(wrong, c.wrongFunction()...)
	wrong = append(wrong, c.QueueURL.problems("QUEUE_URL", c.Platform.queues())...)
	wrong = append(wrong, c.StoreURL.problems("STORE_URL", c.Platform.stores())...)
	return append(wrong, c.wrongAmounts()...)
}

// wrongAmounts are the numbers and times that are too small or too large.
func (c Config) wrongAmounts() (wrong []core.FieldError) {
	for _, amount := range []struct {
		name   string
		value  any
		fits   bool
		detail string
	}{
		{"DATA_DIR", c.DataDir, c.DataDir != "", "must name a folder"},
		{"LINGER", c.Linger.String(), c.Linger > 0 && c.Linger <= time.Minute, "must be above 0 and at most 1m"},
		{"SKEW", c.Skew.String(), c.Skew >= 0 && c.Skew <= 5*time.Minute, "must be between 0s and 5m"},
		{"QUOTA_RESERVE", float64(c.QuotaReserve), c.QuotaReserve >= 0 && c.QuotaReserve <= 100, "must be between 0 and 100 percent"},
		{"MEDIA_DAILY", c.MediaDaily, c.MediaDaily >= 0, "must be 0 or more"},
		{"HUAWEI_DAILY", c.HuaweiDaily, c.HuaweiDaily > 0, "must be 1 or more"},
		{"HUAWEI_MFS_WINDOW", c.MFSWindow.String(), c.MFSWindow >= time.Minute && c.MFSWindow <= 7*24*time.Hour, "must be between 1m and 168h"},
	} {
		if !amount.fits {
			wrong = append(wrong, core.FieldError{Field: amount.name, Value: amount.value, Detail: amount.detail})
		}
	}
	return wrong
}

// wrongFunction names a function that there is not.
func (c Config) wrongFunction() []core.FieldError {
	if c.Function.known() || c.Function == "" && !c.Platform.Serverless() {
		return nil
	}
	detail := "must be callback, refresh or credentials"
	if !c.Platform.Serverless() {
		detail += ", or not be set for all of them"
	}
	return []core.FieldError{{Field: "FUNCTION", Value: string(c.Function), Detail: detail}}
}

// wrongEndpoint asks the driver about region and endpoint, and names what it
// finds wrong as whoever set them knows it.
func (c Config) wrongEndpoint() (wrong []core.FieldError) {
	_, err := aliyun.New(aliyun.Config{
		Region: c.AliyunRegion, Endpoint: c.AliyunEndpoint, AllowHTTP: c.AllowHTTP,
		Credentials: func(context.Context) (aliyun.Credentials, error) { return aliyun.Credentials{}, nil },
	})
	return renamed(err, "AllowHTTP", "ALLOW_HTTP_ENDPOINT", "Endpoint", "ALIYUN_VOD_ENDPOINT", "Region", "ALIYUN_VOD_REGION")
}

// renamed are the fields that an error names, with other names: pairs of what a
// driver calls a field and what it is in the environment.
func renamed(err error, names ...string) (wrong []core.FieldError) {
	refused, ok := errors.AsType[*core.Error](err)
	if !ok {
		return nil
	}
	ours := strings.NewReplacer(names...)
	for _, f := range refused.Fields {
		wrong = append(wrong, core.FieldError{Field: ours.Replace(f.Field), Value: f.Value, Detail: ours.Replace(f.Detail)})
	}
	return wrong
}

// validAddress reports whether a text is an address to listen on.
func validAddress(text string) bool {
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// Notes say what this configuration costs or cannot do, in sentences: for
// `config check`, and as warnings at the start of a server.
func (c Config) Notes() []string {
	var notes []string
	note := func(when bool, text string) {
		if when {
			notes = append(notes, text)
		}
	}
	note(!c.HasCredentials() && !c.Platform.Serverless(), "no cloud credentials: serve and demo use a simulator, with a key and a token that everybody knows "+
		"where none are set, and no cloud is called")
	for _, m := range c.misspelt {
		note(true, m.String())
	}
	if c.Function.Is(Callback) {
		notes = append(notes, c.callbackNotes()...)
		note(c.HasAliyun() && len(c.CallbackKeys) == 0, "no ALIYUN_CALLBACK_URLS and ALIYUN_CALLBACK_KEYS: every Alibaba callback is refused with 403")
		notes = append(notes, c.huaweiNotes()...)
	}
	note(c.Function != Callback && c.HasCredentials() && len(c.APITokens) == 0, "no API_TOKENS: every request to /v1 is refused with 401, but for those with a ticket")
	notes = append(notes, c.engineNotes()...)
	note(c.StoreURL == "embedded:" && c.QueueURL != "embedded:" && c.QueueURL != "direct:",
		"STORE_URL=embedded: with a QUEUE_URL that several servers can share: each knows only what it submitted itself, "+
			"so that what another one submitted is paid for again, and paces itself as if it were alone")
	note(c.Function != Credentials && c.StoreURL != "none:" && !c.replaced(), "no rule has when: replaced: first uploads are refreshed too, although no cache can hold a copy yet; "+
		"with when: replaced their quota is saved")
	note(c.AllowHTTP, "ALLOW_HTTP_ENDPOINT=true: requests to private addresses may go out unencrypted")
	note(len(c.CORSOrigins) > 0 && len(c.TicketKeys) == 0, "CORS_ORIGINS without UPLOAD_TICKET_KEYS: a page needs a ticket to ask for upload credentials; "+
		"an API token must never be in one")
	note(c.DryRun, "DRY_RUN=true: nothing is submitted")
	note(c.StoreURL == "none:" && c.replaced(), "when: replaced without a store rests on the media's age alone")
	return notes
}

// callbackNotes say which of VOD's callbacks cannot come, or come in the clear.
func (c Config) callbackNotes() []string {
	var notes []string
	for i, key := range c.CallbackKeys {
		if !aliyun.IsAuthKey(key.Reveal()) {
			notes = append(notes, fmt.Sprintf("ALIYUN_CALLBACK_KEYS: key %d of %d cannot be VOD's, which has at most 32 characters, "+
				"with upper case, lower case and digits", i+1, len(c.CallbackKeys)))
		}
	}
	for i, text := range c.CallbackURLs {
		if u, err := url.Parse(text); err == nil && u.Scheme == "http" && !sameMachine(u.Hostname()) {
			notes = append(notes, fmt.Sprintf("ALIYUN_CALLBACK_URLS: URL %d of %d begins with http://: callbacks come unencrypted, "+
				"for everybody on their way to read and to send again", i+1, len(c.CallbackURLs)))
		}
	}
	return notes
}

// sameMachine reports whether what is sent to a host stays on the machine: a
// loopback address, or none in particular.
func sameMachine(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "" || strings.EqualFold(host, "localhost") || err == nil && (addr.Unmap().IsLoopback() || addr.IsUnspecified())
}

// engineNotes say what is off without a queue or a store.
func (c Config) engineNotes() []string {
	var notes []string
	note := func(when bool, text string) {
		if when {
			notes = append(notes, text)
		}
	}
	direct, none, serverless := c.QueueURL == "direct:", c.StoreURL == "none:", c.Platform.Serverless()
	note(direct && c.Function.Is(Callback), "QUEUE_URL=direct: a callback is answered after its refresh; the platform sends it three times in all, some seconds apart, "+
		"and what is refused each time is lost; so are callbacks beyond 4 s of ALIYUN_RATE at once")
	note(direct && serverless && c.Function != Credentials, "QUEUE_URL=direct: each instance paces itself as if it were alone, so that several together exceed ALIYUN_RATE")
	note(direct && c.Platform == FunctionCompute && c.Function == Refresh, "QUEUE_URL=direct: where one message of SMQ fails, its whole batch is sent again")
	note(c.QueueURL.Scheme() == "sqs:" && none, "QUEUE_URL=sqs: without a store, a delay of more than 15 minutes is several, and a message that is given up "+
		"stays in the queue until its redrive policy takes it away")
	const costs = "STORE_URL=none: a callback that is delivered twice is refreshed and paid for twice, "
	note(none && !serverless, costs+"a restart forgets the jobs under way, and neither QUOTA_RESERVE nor MEDIA_DAILY holds, nor HUAWEI_DAILY")
	note(none && serverless && c.Function != Credentials, costs+"a job is known to the instance that submitted it alone, if that is called again, so that a preload after a refresh may not be sent, "+
		"and neither QUOTA_RESERVE nor MEDIA_DAILY holds, nor HUAWEI_DAILY")
	note(none && serverless && c.Function == Credentials, "STORE_URL=none: CREDENTIALS_BUDGET and CREDENTIALS_RATE hold for each instance alone")
	return notes
}

// replaced reports whether some rule has when: replaced.
func (c Config) replaced() bool {
	return slices.ContainsFunc(c.Rules.All(), func(r core.Rule) bool { return r.Replaced })
}

// wrongDelays are the rules that want a delay, which needs a durable queue.
func (c Config) wrongDelays() (wrong []core.FieldError) {
	for _, r := range c.Rules.All() {
		if r.Delay > 0 && c.QueueURL == "direct:" {
			wrong = append(wrong, core.FieldError{Field: "delay", Value: r.Delay.String(), Detail: "needs a queue; with QUEUE_URL=direct: a callback must be answered at once (rule on " + r.On[0] + ")"})
		}
	}
	return wrong
}
