package huawei_test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

func parse(tb testing.TB, text []byte) *x509.Certificate {
	tb.Helper()
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		tb.Fatal(err)
	}
	return cert
}

// Everything here is signed by SMN's own key and refused all the same, without
// a request to anybody.
func TestSMNRefusesSigned(t *testing.T) {
	t.Parallel()
	url := huawei.CertificateURL(region, certID)
	at := func(text string) func(*huawei.SMNMessage) {
		return func(m *huawei.SMNMessage) { m.CertificateURL = text }
	}
	invited := func(text string) func(*huawei.SMNMessage) {
		return func(m *huawei.SMNMessage) {
			*m = invitation()
			m.SubscribeURL = secret.New(text)
		}
	}
	swap := func(text, old, replacement string) string { return strings.Replace(text, old, replacement, 1) }
	for name, test := range map[string]struct {
		change func(*huawei.SMNMessage)
		want   huawei.Reason
	}{
		"a topic that is not on the list":    {func(m *huawei.SMNMessage) { m.Topic += "2" }, huawei.ReasonTopic},
		"another tenant's topic":             {func(m *huawei.SMNMessage) { m.Topic = swap(topic, ":0123", ":f123") }, huawei.ReasonTopic},
		"another region's topic":             {func(m *huawei.SMNMessage) { m.Topic = swap(topic, "north-4", "north-1") }, huawei.ReasonTopic},
		"a topic in capitals":                {func(m *huawei.SMNMessage) { m.Topic = strings.ToUpper(topic) }, huawei.ReasonTopic},
		"a topic and a certificate of his":   {func(m *huawei.SMNMessage) { m.Topic, m.CertificateURL = "urn:smn:x:y:z", "http://x/" }, huawei.ReasonTopic},
		"no topic":                           {func(m *huawei.SMNMessage) { m.Topic = "" }, huawei.ReasonMissing},
		"a certificate on another host":      {at(swap(url, "smn.cn-north-4.myhuaweicloud.com", "evil.example.com")), huawei.ReasonCertificate},
		"a certificate below another domain": {at(swap(url, ".com/", ".com.example.com/")), huawei.ReasonCertificate},
		"a certificate on a host alike":      {at(swap(url, "smn.", "xsmn.")), huawei.ReasonCertificate},
		"a certificate on another service":   {at(swap(url, "smn.", "obs.")), huawei.ReasonCertificate},
		"a certificate on a host below":      {at(swap(url, "smn.", "evil.smn.")), huawei.ReasonCertificate},
		"a certificate with user info":       {at(swap(url, "//", "//smn@")), huawei.ReasonCertificate},
		"a certificate behind user info":     {at(swap(url, ".com/", ".com@evil.example.com/")), huawei.ReasonCertificate},
		"a certificate with a password":      {at(swap(url, "//", "//a:b@")), huawei.ReasonCertificate},
		"a certificate with a port":          {at(swap(url, ".com/", ".com:8443/")), huawei.ReasonCertificate},
		"a certificate with the usual port":  {at(swap(url, ".com/", ".com:443/")), huawei.ReasonCertificate},
		"a certificate of another region":    {at(huawei.CertificateURL("cn-south-1", certID)), huawei.ReasonCertificate},
		"a host of another region":           {at(swap(url, "smn.cn-north-4", "smn.cn-south-1")), huawei.ReasonCertificate},
		"a file of another region":           {at(swap(url, "SMN_cn-north-4", "SMN_cn-south-1")), huawei.ReasonCertificate},
		"a certificate over http":            {at(swap(url, "https", "http")), huawei.ReasonCertificate},
		"a scheme in capitals":               {at(swap(url, "https", "HTTPS")), huawei.ReasonCertificate},
		"a certificate with a query":         {at(url + "?a=b"), huawei.ReasonCertificate},
		"a certificate with a question mark": {at(url + "?"), huawei.ReasonCertificate},
		"a certificate with a fragment":      {at(url + "#a"), huawei.ReasonCertificate},
		"a host after a fragment":            {at("https://evil.example.com/#" + url), huawei.ReasonCertificate},
		"a certificate elsewhere":            {at(swap(url, "/smn/", "/other/")), huawei.ReasonCertificate},
		"a path that goes up":                {at(swap(url, "/smn/", "/smn/../smn/")), huawei.ReasonCertificate},
		"an ID that goes up":                 {at(swap(url, certID, "../"+certID[3:])), huawei.ReasonCertificate},
		"an escaped path":                    {at(swap(url, "/smn/SMN", "/%73mn/SMN")), huawei.ReasonCertificate},
		"an escaped ID":                      {at(swap(url, certID, "%62"+certID[3:])), huawei.ReasonCertificate},
		"a slash escaped":                    {at(swap(url, ".com/smn", ".com%2fsmn")), huawei.ReasonCertificate},
		"a backslash":                        {at(swap(url, ".com/smn", `.com\smn`)), huawei.ReasonCertificate},
		"a doubled slash":                    {at(swap(url, ".com/smn", ".com//smn")), huawei.ReasonCertificate},
		"a host in capitals":                 {at(swap(url, "smn.", "SMN.")), huawei.ReasonCertificate},
		"a host with a dot behind":           {at(swap(url, ".com/", ".com./")), huawei.ReasonCertificate},
		"an ID too short":                    {at(swap(url, certID, certID[1:])), huawei.ReasonCertificate},
		"an ID too long":                     {at(swap(url, certID, certID+"00")), huawei.ReasonCertificate},
		"an ID that is not hexadecimal":      {at(swap(url, certID, "g"+certID[1:])), huawei.ReasonCertificate},
		"no file name":                       {at(swap(url, "SMN_cn-north-4_"+certID+".pem", "")), huawei.ReasonCertificate},
		"another ending":                     {at(swap(url, ".pem", ".php")), huawei.ReasonCertificate},
		"a blank in front":                   {at(" " + url), huawei.ReasonCertificate},
		"an end of line":                     {at(url + "\n"), huawei.ReasonCertificate},
		"a NUL":                              {at(swap(url, ".com", ".com\x00")), huawei.ReasonCertificate},
		"no certificate":                     {at(""), huawei.ReasonMissing},
		"a confirmation on a foreign host":   {invited(swap(invite, "console.huaweicloud.com", "evil.example.com")), huawei.ReasonSubscribe},
		"a confirmation on a host below":     {invited(swap(invite, ".com/", ".com.example.com/")), huawei.ReasonSubscribe},
		"a confirmation of another region":   {invited(swap(invite, "//", "//cn-south-1-")), huawei.ReasonSubscribe},
		"a confirmation behind user info":    {invited(swap(invite, ".com/", ".com@evil.example.com/")), huawei.ReasonSubscribe},
		"a confirmation with a port":         {invited(swap(invite, ".com/", ".com:444/")), huawei.ReasonSubscribe},
		"a confirmation over http":           {invited(swap(invite, "https", "http")), huawei.ReasonSubscribe},
		"a confirmation elsewhere":           {invited(swap(invite, "/confirm", "/unsubscribe")), huawei.ReasonSubscribe},
		"a confirmation that goes up":        {invited(swap(invite, "/confirm", "/../confirm")), huawei.ReasonSubscribe},
		"a confirmation without a query":     {invited(invite[:strings.IndexByte(invite, '?')]), huawei.ReasonSubscribe},
		"a confirmation with a fragment":     {invited(invite + "#a"), huawei.ReasonSubscribe},
		"a confirmation with a blank":        {invited(invite + "&a= HTTP/1.1"), huawei.ReasonSubscribe},
		"a confirmation with a bad escape":   {invited(invite + "&a=%zz"), huawei.ReasonSubscribe},
		"a confirmation without a token":     {invited(swap(invite, "token=", "token2=")), huawei.ReasonSubscribe},
		"a confirmation with an empty token": {invited(swap(invite, token, "")), huawei.ReasonSubscribe},
		"a confirmation with two tokens":     {invited(invite + "&token=x"), huawei.ReasonSubscribe},
		"a confirmation of another topic":    {invited(swap(invite, "vod-events", "other")), huawei.ReasonSubscribe},
		"a confirmation of two topics":       {invited(invite + "&topic_urn=" + topic), huawei.ReasonSubscribe},
		"a confirmation without a URL":       {invited(""), huawei.ReasonMissing},
		"a confirmation of two lines":        {invited(invite + "\n"), huawei.ReasonMalformed},
		"a type of its own":                  {func(m *huawei.SMNMessage) { m.Sort, m.SubscribeURL = "Other", secret.New(invite) }, huawei.ReasonMalformed},
		"a type in lower case":               {func(m *huawei.SMNMessage) { m.Sort = "notification" }, huawei.ReasonMalformed},
		"no message":                         {func(m *huawei.SMNMessage) { m.Message = "" }, huawei.ReasonMissing},
		"no message ID":                      {func(m *huawei.SMNMessage) { m.ID = "" }, huawei.ReasonMissing},
		"a long message ID":                  {func(m *huawei.SMNMessage) { m.ID = strings.Repeat("0", 129) }, huawei.ReasonMalformed},
		"a subject of two lines":             {func(m *huawei.SMNMessage) { m.Subject = "a\nb" }, huawei.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := message()
			test.change(&m)
			h, text := sign(t, smnKey(), m)
			s := serving(http.StatusOK, certificate(t, smnKey()))
			got, err := receiver(t, s).Open(t.Context(), h, text, signed())
			wantReason(t, err, test.want, token)
			refusesQuietly(t, s, got)
		})
	}
}

// What was changed on the way, or is no message at all, needs no certificate
// either.
func TestSMNRefusesChanged(t *testing.T) {
	t.Parallel()
	h, text := sign(t, smnKey(), message())
	set := func(name string, value any) []byte {
		return edit(t, text, func(fields map[string]any) { fields[name] = value })
	}
	without := func(name string) []byte {
		return edit(t, text, func(fields map[string]any) { delete(fields, name) })
	}
	for name, test := range map[string]struct {
		text []byte
		want huawei.Reason
	}{
		"nothing":                        {nil, huawei.ReasonMalformed},
		"prose":                          {[]byte("An asset has been transcoded."), huawei.ReasonMalformed},
		"a list":                         {[]byte("[]"), huawei.ReasonMalformed},
		"null":                           {[]byte("null"), huawei.ReasonMalformed},
		"a cut-off body":                 {text[:100], huawei.ReasonMalformed},
		"no type":                        {without("type"), huawei.ReasonMissing},
		"no signature":                   {without("signature"), huawei.ReasonMissing},
		"an empty signature":             {set("signature", ""), huawei.ReasonMissing},
		"a signature that is not base64": {set("signature", "-"), huawei.ReasonMalformed},
		"no version":                     {without("signature_version"), huawei.ReasonMissing},
		"another version":                {set("signature_version", "v2"), huawei.ReasonMalformed},
		"no time stamp":                  {without("timestamp"), huawei.ReasonMissing},
		"a time stamp in milliseconds":   {set("timestamp", "1704164645000"), huawei.ReasonMalformed},
		"a time stamp without a zone":    {set("timestamp", "2024-01-02T03:04:05"), huawei.ReasonMalformed},
		"a number for a time stamp":      {set("timestamp", 1704164645000), huawei.ReasonMalformed},
		"no topic":                       {without("topic_urn"), huawei.ReasonMissing},
		"a list of topics":               {set("topic_urn", []string{topic}), huawei.ReasonMalformed},
		"null for a topic":               {set("topic_urn", nil), huawei.ReasonMissing},
		"a message that is an object":    {set("message", map[string]string{"a": "b"}), huawei.ReasonMalformed},
		"no message ID":                  {without("message_id"), huawei.ReasonMissing},
		"a message ID that is a number":  {set("message_id", 1), huawei.ReasonMalformed},
		"a subject that is a list":       {set("subject", []string{}), huawei.ReasonMalformed},
		"another message ID":             {set("message_id", "00000000000000000000000000000002"), huawei.ReasonMismatch},
		"another type":                   {edit(t, text, func(f map[string]any) { f["type"], f["subscribe_url"] = "UnsubscribeConfirmation", "x" }), huawei.ReasonMismatch},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serving(http.StatusOK, certificate(t, smnKey()))
			got, err := receiver(t, s).Open(t.Context(), h, test.text, signed())
			wantReason(t, err, test.want)
			refusesQuietly(t, s, got)
		})
	}
}

func TestSMNRefusesHeaders(t *testing.T) {
	t.Parallel()
	_, text := sign(t, smnKey(), message())
	for name, test := range map[string]struct {
		header string
		values []string
		want   huawei.Reason
	}{
		"another topic":      {huawei.HeaderTopic, []string{topic + "2"}, huawei.ReasonMismatch},
		"another message ID": {huawei.HeaderMessageID, []string{"2"}, huawei.ReasonMismatch},
		"another type":       {huawei.HeaderMessageType, []string{"SubscriptionConfirmation"}, huawei.ReasonMismatch},
		"a type in capitals": {huawei.HeaderMessageType, []string{"NOTIFICATION"}, huawei.ReasonMismatch},
		"two topics":         {huawei.HeaderTopic, []string{topic, topic}, huawei.ReasonMalformed},
		"two types":          {huawei.HeaderMessageType, []string{"Notification", "Notification"}, huawei.ReasonMalformed},
		"two message IDs":    {huawei.HeaderMessageID, []string{"", ""}, huawei.ReasonMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			for _, value := range test.values {
				h.Add(test.header, value)
			}
			s := serving(http.StatusOK, certificate(t, smnKey()))
			got, err := receiver(t, s).Open(t.Context(), h, text, signed())
			wantReason(t, err, test.want)
			refusesQuietly(t, s, got)
		})
	}
}

// What only the certificate can tell is asked once, of Huawei, and refused.
func TestSMNRefusesForged(t *testing.T) {
	t.Parallel()
	_, text := sign(t, smnKey(), message())
	forged := func(name, value string) []byte {
		return edit(t, text, func(fields map[string]any) { fields[name] = value })
	}
	_, foreign := sign(t, otherKey(), message())
	for name, sent := range map[string][]byte{
		"another message":          forged("message", strings.Replace(body, "14d7", "14d8", 1)),
		"another ID":               forged("message_id", "00000000000000000000000000000002"),
		"another time":             forged("timestamp", "2024-01-02T03:04:06Z"),
		"the same time, otherwise": forged("timestamp", "2024-01-02T03:04:05+00:00"),
		"another subject":          forged("subject", "VOD"),
		"no subject":               forged("subject", ""),
		"a short signature":        forged("signature", "AAAA"),
		"signed by a stranger":     foreign,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serving(http.StatusOK, certificate(t, smnKey()))
			// Long ago, too: a forger learns nothing about our clock.
			_, err := receiver(t, s).Open(t.Context(), nil, sent, signed().Add(13*time.Hour))
			wantReason(t, err, huawei.ReasonMismatch)
			if n := s.requests.Load(); n != 1 {
				t.Errorf("%d requests, want one", n)
			}
		})
	}
}

// The text to sign has no lengths. Whoever holds one genuine message must not
// be able to cut it elsewhere and so have the same event under a new ID.
func TestSMNCannotBeCutElsewhere(t *testing.T) {
	t.Parallel()
	m := message()
	m.Message = body + "\nmessage_id\nX"
	h, text := sign(t, smnKey(), m)
	s := serving(http.StatusOK, certificate(t, smnKey()))
	v := receiver(t, s)
	if _, err := v.Open(t.Context(), h, text, signed()); err != nil {
		t.Fatalf("a message of several lines is refused: %v", err)
	}
	moved := edit(t, text, func(fields map[string]any) {
		fields["message"], fields["message_id"] = body, "X\nmessage_id\n"+m.ID
	})
	_, err := v.Open(t.Context(), nil, moved, signed())
	wantReason(t, err, huawei.ReasonMalformed)
	swallowed := edit(t, text, func(fields map[string]any) {
		fields["message_id"], fields["subject"] = m.ID+"\nsubject\n"+m.Subject, ""
	})
	_, err = v.Open(t.Context(), nil, swallowed, signed())
	wantReason(t, err, huawei.ReasonMalformed)
	if !bytes.Contains(swallowed, []byte(`\nsubject\n`)) {
		t.Error("the test did not move anything")
	}
}

// refusesQuietly checks that nobody was asked and nothing is handed on.
func refusesQuietly(t *testing.T, s *site, m huawei.Message) {
	t.Helper()
	if n := s.requests.Load(); n != 0 {
		t.Errorf("%d requests went out, want none", n)
	}
	if m.ID != "" || m.Body != nil || !m.Subscribe.Empty() {
		t.Errorf("message %+v beside an error", m)
	}
}
