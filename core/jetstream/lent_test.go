package jetstream_test

import (
	"context"
	"fmt"
	"net"
	"net/rpc"
	"net/rpc/jsonrpc"
	"testing"
	"time"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/core/jetstream"
)

// Lender is the embedded store of a process that is to be killed, for the process
// that kills it.
type Lender struct{ store core.Store }

// Listing is what Due is asked.
type Listing struct {
	Prefix string
	Before time.Time
	Most   int
}

// Get reads records.
func (l *Lender) Get(keys []string, records *[]core.Record) (err error) {
	*records, err = l.store.Get(context.Background(), keys)
	return err
}

// Put writes records.
func (l *Lender) Put(records []core.Record, revisions *[]string) (err error) {
	*revisions, err = l.store.Put(context.Background(), records)
	return err
}

// Due lists what is due.
func (l *Lender) Due(what Listing, records *[]core.Record) (err error) {
	*records, err = l.store.Due(context.Background(), what.Prefix, what.Before, what.Most)
	return err
}

// lend opens the store of an embedded server and lends it at an address.
func lend(server *jetstream.Server, address string) error {
	conn, err := server.Connect()
	if err != nil {
		return err
	}
	store, err := jetstream.OpenStore(context.Background(), conn, jetstream.StoreConfig{})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	desk := rpc.NewServer()
	if err := desk.Register(&Lender{store}); err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go desk.ServeCodec(jsonrpc.NewServerCodec(conn))
		}
	}()
	return nil
}

// borrowed is the store of another process.
type borrowed struct{ client *rpc.Client }

// borrow waits until the store of a process is there.
func (p *process) borrow(t *testing.T) core.Store {
	t.Helper()
	var err error
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		var client *rpc.Client
		if client, err = jsonrpc.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", p.store)); err == nil {
			return borrowed{client}
		}
	}
	t.Fatal(err)
	return nil
}

func (b borrowed) call(ctx context.Context, method string, request, answer any) error {
	call := b.client.Go("Lender."+method, request, answer, make(chan *rpc.Call, 1))
	var err error
	select {
	case <-call.Done:
		err = call.Error
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		return core.Errorf(core.Unavailable, "%s: %v", method, err)
	}
	return nil
}

func (b borrowed) Get(ctx context.Context, keys []string) (records []core.Record, err error) {
	err = b.call(ctx, "Get", keys, &records)
	return records, err
}

func (b borrowed) Put(ctx context.Context, records []core.Record) (revisions []string, err error) {
	err = b.call(ctx, "Put", records, &revisions)
	return revisions, err
}

func (b borrowed) Due(ctx context.Context, prefix string, before time.Time, most int) (records []core.Record, err error) {
	err = b.call(ctx, "Due", Listing{prefix, before, most}, &records)
	return records, err
}

func (b borrowed) Close() error { return b.client.Close() }
