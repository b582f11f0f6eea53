package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	nats "github.com/nats-io/nats-server/v2/server" //nolint:depguard // the cluster that several servers share is started here, nobody talks to it
	"github.com/spf13/cobra"
)

// nodes says which NATS servers there are.
type nodes struct {
	count int
	dir   string
}

// cluster is the process of all NATS servers that the measured ones share. It
// announces one URL of them all, once they are well.
func (s *session) cluster() *cobra.Command {
	var n nodes
	cmd := &cobra.Command{
		Use:   "cluster",
		Short: "Be a NATS cluster with JetStream",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return n.run(cmd.Context(), s) },
	}
	cmd.Flags().IntVar(&n.count, "nodes", 3, "NATS servers")
	cmd.Flags().StringVar(&n.dir, "dir", "", "folder for their data")
	return cmd
}

func (n nodes) run(ctx context.Context, s *session) error {
	all, err := n.options(ctx)
	if err != nil {
		return err
	}
	var started []*nats.Server
	defer func() {
		for _, node := range started {
			node.Shutdown()
		}
	}()
	for _, options := range all {
		node, err := nats.NewServer(options)
		if err != nil {
			return err
		}
		node.Start()
		started = append(started, node)
	}
	const pause, patience = 20 * time.Millisecond, time.Minute
	err = s.until(ctx, "the cluster gets well", pause, patience, func() (bool, error) {
		for _, node := range started {
			if node.Healthz(nil).Error != "" {
				return false, nil
			}
		}
		return true, nil
	})
	if err != nil {
		return err
	}
	if err := s.announce(announcement{URLs: []string{clusterURL(all)}}); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// options set the servers up: a cluster keeps each message three times and
// writes as NATS does by default; a server of its own writes through to the disk.
func (n nodes) options(ctx context.Context) ([]*nats.Options, error) {
	if err := nodeCount(n.count); err != nil {
		return nil, err
	}
	if n.dir == "" {
		return nil, usageError{errors.New("--dir: is required")}
	}
	ports, err := freePorts(ctx, 2*n.count) // for clients, and for each other
	if err != nil {
		return nil, err
	}
	all := make([]*nats.Options, n.count)
	routes := make([]string, n.count)
	for i := range all {
		routes[i] = natsURL(ports[2*i+1])
		all[i] = &nats.Options{
			ServerName: "n" + strconv.Itoa(i), Host: loopback, Port: ports[2*i],
			JetStream: true, StoreDir: filepath.Join(n.dir, "n"+strconv.Itoa(i)), JetStreamMaxStore: 1 << 40,
			SyncAlways: n.count == 1, NoLog: true, NoSigs: true,
		}
		if n.count > 1 {
			all[i].Cluster = nats.ClusterOpts{Name: "load", Host: loopback, Port: ports[2*i+1]}
		}
	}
	for _, options := range all {
		if n.count > 1 {
			options.Routes = nats.RoutesFromStr(strings.Join(routes, ","))
		}
	}
	return all, nil
}

// nodeCount refuses any other number of servers than the options are made for.
func nodeCount(n int) error {
	if n != 1 && n != 3 {
		return usageError{fmt.Errorf("--nodes %d: must be 1 or 3", n)}
	}
	return nil
}

func natsURL(port int) string { return "nats://" + net.JoinHostPort(loopback, strconv.Itoa(port)) }

// clusterURL names all servers, and how many of them keep each message.
func clusterURL(all []*nats.Options) string {
	urls := make([]string, len(all))
	for i, options := range all {
		urls[i] = natsURL(options.Port)
	}
	return fmt.Sprintf("%s?replicas=%d", strings.Join(urls, ","), len(all))
}
