package awsclient

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/smithy-go"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// keys remembers the credentials that were used last, so that an error's text
// can be cleared of them.
type keys struct {
	provider aws.CredentialsProvider
	latest   atomic.Pointer[[]secret.Value]
}

// Retrieve asks the provider. The SDK's cache around it asks when credentials
// are about to expire. A refusal of the container's agent must not be taken for
// one of the service, so it becomes an error of ours.
func (k *keys) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := k.provider.Retrieve(ctx)
	switch {
	case err == nil:
		k.latest.Store(&[]secret.Value{secret.New(got.SecretAccessKey), secret.New(got.SessionToken), secret.New(got.AccessKeyID)})
		return got, nil
	case ctx.Err() != nil:
		return aws.Credentials{}, err
	case errors.As(err, new(smithy.APIError)):
		return aws.Credentials{}, core.Errorf(core.Unauthenticated, "the platform gives no credentials")
	}
	return aws.Credentials{}, core.Errorf(core.Unavailable, "the platform's credentials cannot be read")
}

// redact takes the credentials out of a text.
func (k *keys) redact(text string) string {
	latest := k.latest.Load()
	if latest == nil {
		return text
	}
	for _, key := range *latest {
		if !key.Empty() {
			text = strings.ReplaceAll(text, key.Reveal(), key.String())
		}
	}
	return text
}

// containerHost is where ECS serves the credentials of a task.
//
// Source: AWS SDKs and Tools Reference Guide, container credential provider.
const containerHost = "http://169.254.170.2"

// credentialsOf finds the credentials that the environment has or names.
func credentialsOf(getenv func(string) string, client *http.Client) (aws.CredentialsProvider, []core.FieldError) {
	id, key, token := getenv("AWS_ACCESS_KEY_ID"), secret.New(getenv("AWS_SECRET_ACCESS_KEY")), getenv("AWS_SESSION_TOKEN")
	relative, full := getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI")
	missing := func(name, detail string) (aws.CredentialsProvider, []core.FieldError) {
		return nil, []core.FieldError{{Field: name, Value: "", Detail: detail}}
	}
	switch {
	case id != "" && !key.Empty():
		return credentials.NewStaticCredentialsProvider(id, key.Reveal(), token), nil
	case id != "":
		return missing("AWS_SECRET_ACCESS_KEY", "must be set with AWS_ACCESS_KEY_ID")
	case !key.Empty():
		return missing("AWS_ACCESS_KEY_ID", "must be set with AWS_SECRET_ACCESS_KEY")
	case relative != "":
		full = containerHost + "/" + strings.TrimPrefix(relative, "/")
	case full == "":
		return missing("AWS_ACCESS_KEY_ID", "must be set, or AWS_CONTAINER_CREDENTIALS_FULL_URI by the platform")
	case !containerURI(full):
		return nil, []core.FieldError{{
			Field: "AWS_CONTAINER_CREDENTIALS_FULL_URI", Value: secret.New(full),
			Detail: "must be https, or http on a loopback address or one of the container agents",
		}}
	}
	return endpointcreds.New(full, func(o *endpointcreds.Options) {
		o.HTTPClient = client
		o.AuthorizationToken = getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN")
		if file := getenv("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
			o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
				text, err := os.ReadFile(file) //nolint:gosec // the platform names the file
				return strings.TrimSpace(string(text)), err
			})
		}
	}), nil
}

// containerURI reports whether credentials may be fetched from there: the token
// goes along, so it must not leave the machine in the clear.
func containerURI(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return false
	}
	addr, err := netip.ParseAddr(u.Hostname())
	switch {
	case u.Scheme == "https":
		return true
	case u.Scheme != "http":
		return false
	case err != nil:
		return PlainHost(u.Hostname(), false)
	}
	switch addr.String() {
	case "169.254.170.2", "169.254.170.23", "fd00:ec2::23": // ECS, EKS
		return true
	}
	return addr.IsLoopback()
}
