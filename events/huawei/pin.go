package huawei

import (
	"encoding/hex"
	"errors"
	"net/url"
	"regexp"
	"strings"
)

// CertificateURL is where SMN keeps the signing certificate with an ID of 32
// hexadecimal digits, for topics of a region.
func CertificateURL(region, id string) string {
	return certificateBase(region) + id + ".pem"
}

func certificateBase(region string) string {
	return "https://smn." + region + ".myhuaweicloud.com/smn/SMN_" + region + "_"
}

// certificateFile reports whether a name is that of a certificate's file, from
// its ID on.
func certificateFile(name string) bool {
	id, ok := strings.CutSuffix(name, ".pem")
	_, err := hex.DecodeString(id)
	return ok && err == nil && len(id) == 32
}

// regionOf returns the region of a topic's URN,
// urn:smn:<region>:<project ID>:<topic>.
func regionOf(topic string) (string, error) {
	urn := regexp.MustCompile(`^urn:smn:([a-z0-9]+(?:-[a-z0-9]+)*):[0-9A-Za-z]+:[0-9A-Za-z_-]+$`)
	match := urn.FindStringSubmatch(topic)
	if match == nil {
		return "", errors.New("not of the form urn:smn:<region>:<project ID>:<topic>")
	}
	return match[1], nil
}

// checkCertificateURL lets pass what CertificateURL could have made for the
// region, byte for byte. The URL is compared and not parsed, so there is nothing
// that two parsers could read in two ways. The form is inferred: every genuine
// message that is public has it.
func checkCertificateURL(text, region string) error {
	name, ok := strings.CutPrefix(text, certificateBase(region))
	if !ok || !certificateFile(name) {
		return refuse(ReasonCertificate, "signing_cert_url is not "+CertificateURL(region, "<32 hexadecimal digits>"))
	}
	return nil
}

// checkSubscribeURL lets pass a confirmation URL on Huawei's console that is of
// the topic. Two of the hosts stand in genuine messages; that of the
// international console is inferred. No error shows the URL, which has a token.
func checkSubscribeURL(text, topic, region string) error {
	query := ""
	for _, host := range []string{"console.huaweicloud.com", region + "-console.huaweicloud.com", "console-intl.huaweicloud.com"} {
		if rest, ok := strings.CutPrefix(text, "https://"+host+"/smn/subscription/confirm?"); ok {
			query = rest
		}
	}
	values, err := url.ParseQuery(query)
	switch {
	case query == "" || err != nil || !printable(query) || strings.Contains(query, "#"):
		return refuse(ReasonSubscribe, "subscribe_url is not https://console.huaweicloud.com/smn/subscription/confirm with a query")
	case len(values["token"]) != 1 || values.Get("token") == "":
		return refuse(ReasonSubscribe, "subscribe_url has not exactly one token")
	case len(values["topic_urn"]) != 1 || values.Get("topic_urn") != topic:
		return refuse(ReasonSubscribe, "subscribe_url is not of the message's topic")
	}
	return nil
}

// printable reports whether a text may stand in a request as it is.
func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
