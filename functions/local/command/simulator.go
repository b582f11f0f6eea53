package command

import (
	"crypto/rand"
	"fmt"
	"time"

	"github.com/vodrefresh/vodrefresh/core/vodsim"
	"github.com/vodrefresh/vodrefresh/events/secret"
	"github.com/vodrefresh/vodrefresh/functions/config"
)

// With no cloud credentials there is nothing to protect, and one terminal must
// be able to send what another one serves: these are known to everybody.
const (
	simulatorCallbackKey = "LocalSimulatorKey1"
	simulatorToken       = "local-simulator-token"
)

// load reads the configuration. Without cloud credentials, the callback URL,
// its key and the API token that are not set get the simulator's.
func (s *session) load() (config.Config, error) {
	cfg, err := config.Load(s.Environ)
	if err != nil || cfg.HasCredentials() {
		return cfg, err
	}
	if len(cfg.CallbackURLs) == 0 {
		cfg.CallbackURLs = []string{"http://" + cfg.ListenAddr + "/callbacks/aliyun"}
		cfg.CallbackKeys = config.Secrets{secret.New(simulatorCallbackKey)}
	}
	if len(cfg.APITokens) == 0 {
		cfg.APITokens = config.Secrets{secret.New(simulatorToken)}
	}
	return cfg, nil
}

// simulate starts the simulator for a configuration without credentials and
// points the configuration at it. The simulator calls back at to.
func simulate(cfg *config.Config, sim vodsim.Config, to string) (*vodsim.Server, error) {
	sim.AccessKeyID, sim.AccessKeySecret = "simulator", secret.New(rand.Text())
	sim.CallbackURL, sim.CallbackKey, sim.CallbackTo = cfg.CallbackURLs[0], cfg.CallbackKeys[0], to
	sim.AnyMedia = true
	server := vodsim.New(sim)
	url, err := server.Start()
	if err != nil {
		return nil, fmt.Errorf("the simulator could not start: %w", err)
	}
	cfg.AliyunEndpoint, cfg.AccessKeyID, cfg.AccessKeySecret = url, sim.AccessKeyID, sim.AccessKeySecret
	return server, nil
}

// quick are simulated times that a person will wait for.
func quick() vodsim.Config {
	return vodsim.Config{SubmitTime: 150 * time.Millisecond, RefreshTime: 400 * time.Millisecond}
}
