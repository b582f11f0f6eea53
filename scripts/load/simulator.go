package main

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/core/vodsim"
)

// anyPort is an address of this machine that is free.
const anyPort = loopback + ":0"

// simulation says how the platform behaves.
type simulation struct {
	listen  string // address of the API
	rate    int    // calls a second of each action; negative for no limit
	latency time.Duration
}

// simulator is the process of the platform. It announces two URLs: the API, and
// what the measurement asks and orders.
func (s *session) simulator() *cobra.Command {
	var sim simulation
	cmd := &cobra.Command{
		Use:   "simulator",
		Short: "Be the platform, and tell what was asked of it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			api, control := sim.handlers(s.clock)
			return s.serve(cmd.Context(), listening{sim.listen, api}, listening{anyPort, control})
		},
	}
	cmd.Flags().StringVar(&sim.listen, "listen", anyPort, "address of the API")
	cmd.Flags().IntVar(&sim.rate, "rate", 50, "calls a second; negative for no limit")
	cmd.Flags().DurationVar(&sim.latency, "latency", 0, "passes before each answer")
	return cmd
}

// handlers make a platform that knows every media and has no daily quota, and
// the control of it: GET /stats and /submissions, POST and DELETE /faults.
func (sim simulation) handlers(c clock.Clock) (api, control http.Handler) {
	platform := vodsim.New(vodsim.Config{
		AccessKeyID: accessKeyID, AccessKeySecret: accessKeySecret(),
		Rate: sim.rate, RefreshQuota: -1, PreloadQuota: -1, DirectoryQuota: -1,
		SubmitTime: -1, RefreshTime: -1, Latency: sim.latency,
		AnyMedia: true, Clock: c,
	})
	seen := newWitness(platform, c)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /stats", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(seen.stats()) })
	mux.HandleFunc("GET /submissions", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(seen.submissions())
	})
	orderFaults(mux, platform)
	return seen, mux
}

// orderFaults lets a measurement order faults of a platform.
func orderFaults(mux *http.ServeMux, platform *vodsim.Server) {
	mux.HandleFunc("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		var fault vodsim.Fault
		if err := json.NewDecoder(r.Body).Decode(&fault); err != nil {
			http.Error(w, "not a fault: "+err.Error(), http.StatusBadRequest)
			return
		}
		platform.Fault(fault)
	})
	mux.HandleFunc("DELETE /faults", func(http.ResponseWriter, *http.Request) { platform.ClearFaults() })
}
