package redis_test

import (
	"bufio"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
)

// answer is what a fake server says to a command, in the protocol's own words;
// empty for never anything.
type answer func(command []string) string

// fake is a server that speaks the protocol and knows nothing: what a real one
// says in a bad hour is hard to get out of it. It returns its URL.
//
// Source: Redis serialization protocol, version 2.
func fake(t *testing.T, say answer) string {
	t.Helper()
	return serve(t, func(conn net.Conn) {
		reader := bufio.NewReader(conn)
		for {
			command, err := readCommand(reader)
			if err != nil {
				return
			}
			if _, err := io.WriteString(conn, say(command)); err != nil {
				return
			}
		}
	})
}

// between is a proxy in front of a server. It shows what a client sends before
// it is passed on; if see says so, the answer is not passed back and the
// connection is cut instead. It returns its URL.
func between(t *testing.T, e *engine, see func(sent string) (cut bool)) string {
	t.Helper()
	return serve(t, func(conn net.Conn) {
		server, err := net.Dial("tcp", "127.0.0.1:"+e.port)
		if err != nil {
			return
		}
		defer server.Close()
		var cut atomic.Bool
		go pass(server, conn, func(string) bool { return !cut.Load() })
		pass(conn, server, func(sent string) bool {
			if see(strings.ToLower(sent)) {
				cut.Store(true)
			}
			return true
		})
	})
}

// pass copies what it reads, as long as it is allowed to, and cuts the reader's
// way back after that.
func pass(from, to net.Conn, allowed func(text string) bool) {
	defer to.Close()
	for buffer := make([]byte, 1<<16); ; {
		n, err := from.Read(buffer)
		if err != nil || !allowed(string(buffer[:n])) {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// serve lets a handler talk to each who connects, until the test ends.
func serve(t *testing.T, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				handle(conn)
			}()
		}
	}()
	return "redis://:" + password + "@" + listener.Addr().String()
}

// readCommand reads one command: an array of bulk strings.
func readCommand(r *bufio.Reader) ([]string, error) {
	count, err := readLength(r)
	if err != nil {
		return nil, err
	}
	words := make([]string, count)
	for i := range words {
		length, err := readLength(r)
		if err != nil {
			return nil, err
		}
		word := make([]byte, length+2)
		if _, err := io.ReadFull(r, word); err != nil {
			return nil, err
		}
		words[i] = string(word[:length])
	}
	return words, nil
}

func readLength(r *bufio.Reader) (int, error) {
	line, err := r.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.Trim(line, "*$\r\n"))
}
