package huawei

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path"
	"path/filepath"
	"sync"
	"time"

	huaweievents "github.com/vodrefresh/vodrefresh/events/huawei"
)

// lifetime is for how long the certificate is valid, before and after it is
// made.
const lifetime = 365 * 24 * time.Hour

// keyBits is the length of SMN's own keys, and what receivers ask for.
const keyBits = 2048

// identity is what SMN signs with.
type identity struct {
	key *rsa.PrivateKey
	pem []byte // the certificate
	url string // where SMN would have it
}

// onceIdentity makes the identity when it is first asked for.
func onceIdentity(cfg Config) func() (identity, error) {
	return sync.OnceValues(func() (identity, error) { return newIdentity(cfg) })
}

// newIdentity makes a certificate that vouches for itself, and a key if the
// configuration has none. Its name comes of its content.
func newIdentity(cfg Config) (id identity, err error) {
	id.key = cfg.SigningKey
	if id.key == nil {
		if id.key, err = rsa.GenerateKey(rand.Reader, keyBits); err != nil {
			return identity{}, fmt.Errorf("vodsim/huawei: make a signing key: %w", err)
		}
	}
	if bits := id.key.N.BitLen(); bits < keyBits {
		return identity{}, fmt.Errorf("vodsim/huawei: SigningKey has %d bits, at least %d are needed", bits, keyBits)
	}
	now := cfg.Clock.Now()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(now.Unix()),
		Subject:      pkix.Name{CommonName: "SMN of the simulator"},
		NotBefore:    now.Add(-lifetime),
		NotAfter:     now.Add(lifetime),
		KeyUsage:     x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, id.key.Public(), id.key)
	if err != nil {
		return identity{}, fmt.Errorf("vodsim/huawei: make a certificate: %w", err)
	}
	sum := sha256.Sum256(der)
	id.url = huaweievents.CertificateURL(cfg.Region, hex.EncodeToString(sum[:16]))
	id.pem = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return id, nil
}

// WriteCertificate writes the certificate that SMN messages are signed with
// into a folder, so that HUAWEI_SMN_CERTS can be that folder: PEM, under the
// last path element of the certificate's URL. It returns the path of the file.
func (s *Server) WriteCertificate(folder string) (file string, err error) {
	id, err := s.identity()
	if err != nil {
		return "", err
	}
	file = filepath.Join(folder, path.Base(id.url))
	if err := os.WriteFile(file, id.pem, 0o600); err != nil {
		return "", fmt.Errorf("vodsim/huawei: write the certificate: %w", err)
	}
	return file, nil
}
