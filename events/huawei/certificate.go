package huawei

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"
)

const (
	// maxCertificate is the most bytes that a PEM file may have; a genuine one,
	// its chain included, has a few thousand.
	maxCertificate = 128 << 10
	// minBits is the least that an RSA key may have.
	minBits = 2048
)

// parseCertificate reads the first certificate of a PEM text, which is the
// signer's if a chain follows. It must have an RSA key of 2,048 bits or more.
// The dates are for the moment of use.
func parseCertificate(text []byte) (*x509.Certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, errors.New("not a certificate in PEM form")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a readable certificate: %w", err)
	}
	_, err = rsaKey(cert)
	return cert, err
}

func rsaKey(cert *x509.Certificate) (*rsa.PublicKey, error) {
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, fmt.Errorf("the key is %v, RSA is needed", cert.PublicKeyAlgorithm)
	}
	if bits := key.N.BitLen(); bits < minBits {
		return nil, fmt.Errorf("the RSA key has %d bits, at least %d are needed", bits, minBits)
	}
	return key, nil
}

// keyOf returns the key of a certificate that may be used at now, whatever its
// source has checked before.
func keyOf(cert *x509.Certificate, now time.Time) (*rsa.PublicKey, error) {
	key, err := rsaKey(cert)
	switch {
	case err != nil:
		return nil, refuse(ReasonCertificate, "signing certificate: "+err.Error())
	case now.Before(cert.NotBefore):
		return nil, refuse(ReasonCertificate, "the signing certificate is not valid before "+cert.NotBefore.UTC().Format(time.RFC3339))
	case now.After(cert.NotAfter):
		return nil, refuse(ReasonCertificate, "the signing certificate expired at "+cert.NotAfter.UTC().Format(time.RFC3339))
	}
	return key, nil
}
