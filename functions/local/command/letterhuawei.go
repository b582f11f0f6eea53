package command

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// writeHuawei makes a letter as MFS or SMN would.
func (s *session) writeHuawei(cfg config.Config, w writing) (letter, error) {
	if err := w.orDefault("transcodeComplete", huawei.Types()); err != nil {
		return letter{}, err
	}
	text, err := s.fileOr(w.file, func() ([]byte, error) { return huaweiSample(w.eventType, w.media, w.failed) })
	if err != nil {
		return letter{}, err
	}
	l := letter{to: "http://" + cfg.ListenAddr + "/callbacks/huawei"}
	if l.event, err = huawei.Decode(text); err != nil {
		l.event = events.Event{}
	}
	switch huawei.Channel(w.channel) {
	case huawei.MFS:
		err = l.overMFS(cfg, w, string(text))
	case huawei.SMN:
		err = l.overSMN(cfg, w, string(text))
	default:
		err = usageError{fmt.Errorf("--channel %q: must be mfs or smn", w.channel)}
	}
	return l, err
}

// overMFS puts an event into the envelope of MFS, as text, and signs it.
func (l *letter) overMFS(cfg config.Config, w writing, text string) (err error) {
	if len(cfg.MFSKeys) == 0 {
		return errors.New("set HUAWEI_MFS_KEYS: the authentication key of the VOD console")
	}
	key := cfg.MFSKeys[0]
	if w.forged {
		key = secret.New("not-the-authentication-key")
	}
	l.header = huawei.SignMFS(key, w.at, text)
	l.body, err = json.Marshal(map[string]string{"message": text})
	return err
}

// overSMN puts an event into the envelope of SMN and signs it.
func (l *letter) overSMN(cfg config.Config, w writing, text string) error {
	if len(cfg.SMNTopics) == 0 || cfg.SMNCerts == "" {
		return errors.New("set HUAWEI_SMN_TOPICS and HUAWEI_SMN_CERTS: a topic, and a folder with a certificate whose key you have")
	}
	if w.key == "" {
		w.key = simulatorKey(cfg)
	}
	key, err := readKey(w.key)
	if err != nil {
		return err
	}
	file, err := certificateOf(key, cfg.SMNCerts)
	if err != nil {
		return err
	}
	region, id, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(file, "SMN_"), ".pem"), "_") // the configuration has checked it
	if w.forged {
		if key, err = rsa.GenerateKey(rand.Reader, key.N.BitLen()); err != nil {
			return err
		}
	}
	var message [16]byte
	_, _ = rand.Read(message[:]) // never fails
	l.header, l.body, err = huawei.SignSMN(key, huawei.SMNMessage{
		Topic: cfg.SMNTopics[0], ID: hex.EncodeToString(message[:]), Time: w.at, Message: text,
		CertificateURL: huawei.CertificateURL(region, id),
	})
	return err
}

// readKey reads an RSA key from a PEM file.
func readKey(file string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(file) //nolint:gosec // the person at the terminal names the file
	if err != nil {
		return nil, fmt.Errorf("--key: %w (a server without cloud credentials makes one for its simulator)", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("--key %s: must be a PEM file", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("--key %s: must hold a PKCS #8 key (openssl genpkey -algorithm RSA)", file)
	}
	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("--key %s: must hold an RSA key, not %T", file, parsed)
	}
	return key, nil
}

// certificateOf is the name of the file in a folder that has the certificate of a
// key.
func certificateOf(key *rsa.PrivateKey, folder string) (string, error) {
	files, err := filepath.Glob(filepath.Join(folder, "*.pem"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // the folder of the configuration
		if err != nil {
			return "", err
		}
		if block, _ := pem.Decode(text); block != nil {
			if cert, err := x509.ParseCertificate(block.Bytes); err == nil && key.PublicKey.Equal(cert.PublicKey) {
				return filepath.Base(file), nil
			}
		}
	}
	return "", fmt.Errorf("HUAWEI_SMN_CERTS %s: has no certificate of the key", folder)
}
