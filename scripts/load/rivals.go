package main

import (
	"context"
	"io"
	"net/http"

	"github.com/spf13/cobra"

	"github.com/vodrefresh/vodrefresh/core"
	aliyunvod "github.com/vodrefresh/vodrefresh/core/aliyun"
	"github.com/vodrefresh/vodrefresh/core/clock"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/events/aliyun"
	"github.com/vodrefresh/vodrefresh/events/secret"
)

// bare is the least that a receiver can do: it verifies and decodes a callback,
// and forgets it.
func (s *session) bare() *cobra.Command {
	return &cobra.Command{
		Use:   "bare",
		Short: "Be a receiver that verifies and decodes, and no more",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			handler, err := receiver(s.clock, func(context.Context, events.Event) error { return nil })
			if err != nil {
				return err
			}
			return s.serve(cmd.Context(), listening{anyPort, handler})
		},
	}
}

// naive is what one writes first: a callback, a call.
func (s *session) naive() *cobra.Command {
	var endpoint string
	cmd := &cobra.Command{
		Use:   "naive",
		Short: "Be a receiver that makes one call for each callback before it answers",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := aliyunvod.New(aliyunvod.Config{Endpoint: endpoint, Credentials: credentials, Clock: s.clock})
			if err != nil {
				return err
			}
			handler, err := receiver(s.clock, func(ctx context.Context, e events.Event) error {
				_, err := client.Submit(ctx, core.Batch{
					Target: core.Media, IDs: []string{e.MediaID}, Options: core.Options{TaskType: core.Refresh},
				})
				return err
			})
			if err != nil {
				return err
			}
			return s.serve(cmd.Context(), listening{anyPort, handler})
		},
	}
	cmd.Flags().StringVar(&endpoint, "endpoint", "", "the platform's URL")
	return cmd
}

// receiver verifies and decodes callbacks, and answers 200 if handle takes them.
func receiver(c clock.Clock, handle func(context.Context, events.Event) error) (http.Handler, error) {
	verifier, err := aliyun.NewVerifier([]string{callbackURL}, []secret.Value{callbackKey()})
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, "cannot be read", http.StatusBadRequest)
			return
		}
		if _, err := verifier.Verify(r.Header, c.Now()); err != nil {
			http.Error(w, "not signed", http.StatusForbidden)
			return
		}
		event, err := aliyun.Decode(text)
		if err != nil {
			http.Error(w, "no callback", http.StatusBadRequest)
			return
		}
		if err := handle(r.Context(), event); err != nil {
			http.Error(w, "not submitted", http.StatusInternalServerError)
		}
	}), nil
}
