package command

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/core/vodsim/huawei"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// With no cloud credentials there is nothing to protect, and one terminal must
// be able to send what another one serves: these are known to everybody.
const (
	simulatorCallbackKey = "LocalSimulatorKey1"
	simulatorMFSKey      = "local-simulator-mfs-key"
	simulatorToken       = "local-simulator-token"
	simulatorTicketKey   = "local-simulator-ticket-key-of-nobody"
	simulatorProject     = "0123456789abcdef0123456789abcdef"
	simulatorTopic       = "urn:smn:cn-north-4:" + simulatorProject + ":vod-events"
)

// load reads the configuration. Without cloud credentials, what callbacks are
// verified with, the API token and the ticket key get the simulator's where they are not set.
func (s *session) load() (config.Config, error) {
	cfg, err := config.Load(s.Environ)
	if err != nil || cfg.HasCredentials() {
		return cfg, err
	}
	if len(cfg.CallbackURLs) == 0 {
		cfg.CallbackURLs = []string{"http://" + cfg.ListenAddr + "/callbacks/aliyun"}
		cfg.CallbackKeys = config.Secrets{secret.New(simulatorCallbackKey)}
	}
	if len(cfg.MFSKeys) == 0 {
		cfg.MFSKeys = config.Secrets{secret.New(simulatorMFSKey)}
	}
	if len(cfg.SMNTopics) == 0 && cfg.SMNCerts == "" {
		cfg.SMNTopics, cfg.SMNCerts = []string{simulatorTopic}, simulatorCertificates(cfg)
	}
	if len(cfg.APITokens) == 0 {
		cfg.APITokens = config.Secrets{secret.New(simulatorToken)}
	}
	if len(cfg.TicketKeys) == 0 {
		cfg.TicketKeys = config.Secrets{secret.New(simulatorTicketKey)}
	}
	return cfg, nil
}

// simulatorCertificates is the folder with the certificate of the simulated SMN,
// and simulatorKey the file with its key: another terminal signs with it.
func simulatorCertificates(cfg config.Config) string {
	return filepath.Join(cfg.DataDir, "simulator", "certificates")
}

func simulatorKey(cfg config.Config) string {
	return filepath.Join(cfg.DataDir, "simulator", "key.pem")
}

// simulators are the two clouds that stand for the real ones.
type simulators struct {
	aliyun *vodsim.Server
	huawei *huawei.Server
}

// simulate starts the simulators for a configuration without credentials and
// points the configuration at them. That of Alibaba calls back at to.
func simulate(cfg *config.Config, sim vodsim.Config, to string) (simulators, error) {
	sim.AccessKeyID, sim.AccessKeySecret = "simulator", secret.New(rand.Text())
	sim.CallbackURL, sim.CallbackKey, sim.CallbackTo = cfg.CallbackURLs[0], cfg.CallbackKeys[0], to
	sim.AnyMedia = true
	other := huawei.Config{
		AccessKey: "simulator", SecretKey: secret.New(rand.Text()), ProjectID: simulatorProject, RefreshTime: sim.RefreshTime, AnyMedia: true,
	}
	var err error
	if cfg.SMNCerts == simulatorCertificates(*cfg) {
		if other.SigningKey, err = makeKey(simulatorKey(*cfg), cfg.SMNCerts); err != nil {
			return simulators{}, fmt.Errorf("the simulator could not start: %w", err)
		}
	}
	started := simulators{vodsim.New(sim), huawei.New(other)}
	if other.SigningKey != nil {
		_, err = started.huawei.WriteCertificate(cfg.SMNCerts)
	}
	aliyunURL, startErr := started.aliyun.Start()
	huaweiURL, otherErr := started.huawei.Start()
	if err := errors.Join(err, startErr, otherErr); err != nil {
		return simulators{}, errors.Join(fmt.Errorf("the simulator could not start: %w", err), started.Close())
	}
	cfg.AliyunEndpoint, cfg.AccessKeyID, cfg.AccessKeySecret = aliyunURL, sim.AccessKeyID, sim.AccessKeySecret
	cfg.HuaweiEndpoint, cfg.HuaweiProjectID = huaweiURL, other.ProjectID
	cfg.HuaweiAccessKey, cfg.HuaweiSecretKey = other.AccessKey, other.SecretKey
	return started, nil
}

// signingFor makes what the demo signs SMN's messages with where the cloud is a
// real one.
func signingFor(cfg config.Config) error {
	if !cfg.HasHuawei() {
		return nil
	}
	key, err := makeKey(simulatorKey(cfg), cfg.SMNCerts)
	if err != nil {
		return err
	}
	_, err = huawei.New(huawei.Config{SigningKey: key}).WriteCertificate(cfg.SMNCerts)
	return err
}

// Close ends both.
func (s simulators) Close() error { return errors.Join(s.aliyun.Close(), s.huawei.Close()) }

// makeKey makes the key that the simulated SMN signs with, in the place of an
// earlier one and its certificates.
func makeKey(file, certificates string) (*rsa.PrivateKey, error) {
	const bits = 2048
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(os.RemoveAll(certificates), os.MkdirAll(certificates, 0o750)); err != nil {
		return nil, err
	}
	return key, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600)
}

// quick are simulated times that a person will wait for.
func quick() vodsim.Config {
	return vodsim.Config{SubmitTime: 150 * time.Millisecond, RefreshTime: 400 * time.Millisecond}
}
