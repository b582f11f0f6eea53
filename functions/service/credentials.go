package service

import (
	"context"
	"net/http"

	"github.com/vodrefresh/vodrefresh/core/memory"
	"github.com/vodrefresh/vodrefresh/core/upload"
	"github.com/vodrefresh/vodrefresh/events"
	"github.com/vodrefresh/vodrefresh/functions/bearer"
	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/credentials"
	"github.com/vodrefresh/vodrefresh/functions/problem"
)

// newCredentials is the function that upload clients ask. It knows uploads to
// Alibaba Cloud alone: without an account there, nothing is at its path. Without a store, requests
// and calls are counted in memory. What it remembers is forgotten in time while the
// second value runs.
func newCredentials(cfg config.Config, o Options, accounts accounts) (http.Handler, func(context.Context), error) {
	uploads, ok := accounts[events.Aliyun].driver.(upload.Platform)
	if !ok {
		return http.HandlerFunc(noUploads), func(context.Context) {}, nil
	}
	handler := credentials.Config{Tokens: bearer.Hash(cfg.APITokens), Origins: cfg.CORSOrigins, Log: o.Log}
	if len(cfg.TicketKeys) > 0 {
		tickets, err := upload.NewTickets(cfg.TicketKeys, o.Clock)
		if err != nil {
			return nil, nil, err
		}
		handler.Tickets = tickets
	}
	store, line := o.Store, o.Store
	if store == nil {
		store = memory.NewStore(o.Clock)
	}
	if cfg.StoreURL == "embedded:" { // nobody to share with
		line = memory.NewStore(o.Clock)
	}
	handler.Issuer = upload.NewIssuer(upload.IssuerConfig{
		Platform: uploads, Account: string(events.Aliyun) + "/" + cfg.AliyunRegion, Store: store, Line: line,
		Rate: cfg.CredentialsRate, Budget: cfg.Budget, MinLife: cfg.MinLife, Clock: o.Clock, Log: o.Log,
	})
	return credentials.Handler(handler), handler.Issuer.Run, nil
}

// noUploads answers where no account for uploads is set up.
func noUploads(w http.ResponseWriter, _ *http.Request) {
	problem.Write(w, http.StatusNotFound, "upload credentials are Alibaba Cloud's, and no ALIBABA_CLOUD_ACCESS_KEY_ID is configured")
}
