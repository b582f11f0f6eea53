// Package awsclient is what the drivers of AWS have in common: it reads the
// environment that AWS's own programs read, makes the HTTP client, and says what
// went wrong in words that are safe to log. It asks nobody when a client is
// made, so that a function starts quickly: config.LoadDefaultConfig reads files,
// and links the clients of four services more.
//
// It may import core, events/secret and the AWS SDK. Only core/sqs and
// core/dynamodb import it.
package awsclient
