package redis

import (
	"context"
	"log/slog"
	"sync"
	"time"

	goredis "github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/redis/address"
)

// Options are what a URL does not say.
type Options struct {
	// Log gets the warnings about the server's settings and about messages that
	// cannot be read; nil for nobody.
	Log *slog.Logger
	// Later does not wait for the server: it is reached when it is first used, and
	// its settings are looked at then. For a program that has to start quickly.
	Later bool
}

// Server is a server that was found to be there, or is to be. Each queue and each store of
// it has connections of its own, and ends them when it is closed.
type Server struct {
	address address.Server
	log     *slog.Logger
	once    *sync.Once // looks at the settings once the server is reached; nil if that is done
}

// Connect reaches the server at a URL,
//
//	redis://user:password@host:port/database?prefix=vodrefresh&cluster=true
//
// and checks that it keeps what it is given. The scheme rediss is TLS 1.2 or
// later. Only the host is needed: the port is 6379 and the database 0 if they
// are not given. All keys begin with prefix, [address.DefaultPrefix] if it is not given,
// so that several deployments can share a server. With cluster the host is
// one node of a cluster (redirections are followed); the proxy of a managed
// cluster needs no such thing.
//
// The error is a [core.Error]: Invalid for a URL that cannot be used,
// Unauthenticated for a wrong password, Unavailable if nobody answers.
func Connect(ctx context.Context, url string, options Options) (*Server, error) {
	at, err := address.Parse(url)
	if err != nil {
		return nil, err
	}
	s := &Server{address: at, log: options.Log}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if options.Later {
		s.once = new(sync.Once)
		return s, nil
	}
	if err := s.inspect(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// reached looks at the settings in the background when the server is reached for
// the first time.
func (s *Server) reached(ctx context.Context, _ *goredis.Conn) error {
	if s.once == nil {
		return nil
	}
	s.once.Do(func() {
		const patience = 10 * time.Second
		looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
		go func() {
			defer cancel()
			_ = s.inspect(looking) // who uses the server meets the same error
		}()
	})
	return nil
}

// dial makes a client, which connects when it is first used. It gives up early:
// who waits for a callback to be stored has five seconds in all.
func (s *Server) dial() goredis.UniversalClient {
	return goredis.NewUniversalClient(&goredis.UniversalOptions{
		Addrs:                 []string{s.address.HostPort},
		IsClusterMode:         s.address.Cluster,
		DB:                    s.address.DB,
		Username:              s.address.User,
		Password:              s.address.Password.Reveal(),
		TLSConfig:             s.address.TLS,
		Protocol:              2,
		OnConnect:             s.reached,
		DialTimeout:           2 * time.Second,
		DialerRetries:         1,
		ReadTimeout:           3 * time.Second,
		WriteTimeout:          3 * time.Second,
		ContextTimeoutEnabled: true,
		MaxRetries:            2,
		MinRetryBackoff:       10 * time.Millisecond,
		MaxRetryBackoff:       100 * time.Millisecond,
		// Extras of other servers, which older ones and proxies do not know.
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})
}

// inspect warns of settings that lose messages. It fails only if the server
// cannot be reached.
//
// Source: Redis configuration, sections append only mode and memory management.
func (s *Server) inspect(ctx context.Context) error {
	client := s.dial()
	defer client.Close() //nolint:errcheck // nothing is under way
	if err := client.Ping(ctx).Err(); err != nil {
		return s.failure(ctx, "redis connect", err)
	}
	for _, setting := range []struct{ name, want, loses string }{
		{"appendonly", "yes", "what is not on disk yet, when the server crashes"},
		{"appendfsync", "always", "up to the last second, when the machine crashes"},
		{"maxmemory-policy", "noeviction", "messages, when the memory is full"},
	} {
		values, err := client.ConfigGet(ctx, setting.name).Result()
		if failed := s.failure(ctx, "redis connect", err); core.KindOf(failed) == core.Unavailable {
			return failed
		}
		log := s.log.With("setting", setting.name, "want", setting.want)
		switch value := values[setting.name]; {
		case value == "": // refused, unknown, or hidden: managed servers do each of these
			log.WarnContext(ctx, "redis does not tell a setting that it must have; check it in its console", "loses", setting.loses)
		case value != setting.want:
			log.WarnContext(ctx, "redis may lose what it acknowledged", "value", value, "loses", setting.loses)
		}
	}
	return nil
}
