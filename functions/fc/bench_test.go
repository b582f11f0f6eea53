package main_test

import (
	"testing"

	"github.com/vodrefresh/vodrefresh/functions/config"
	"github.com/vodrefresh/vodrefresh/functions/fc/fctest"
	"github.com/vodrefresh/vodrefresh/functions/runtimetest"
)

// BenchmarkStart: process start to the first request for an event, beside a
// function that does nothing. With Redis the connection to it is part of the start.
func BenchmarkStart(b *testing.B) {
	for _, of := range []config.Function{config.Callback, config.Refresh, config.Credentials} {
		environ := append(fctest.Environ(of, "http://127.0.0.1:1"), "LOG_LEVEL=error")
		b.Run(string(of), func(b *testing.B) { benchmarkStart(b, environ) })
		b.Run(string(of)+"-redis", func(b *testing.B) {
			url := fctest.StartRedis(b).URL
			benchmarkStart(b, append(environ, "QUEUE_URL="+url, "STORE_URL="+url))
		})
	}
}

func benchmarkStart(b *testing.B, environ []string) {
	b.Helper()
	compared, err := binaries.Compare(b.Context(), runtimetest.FunctionCompute(), b.N, hello, function, environ...)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	for unit, value := range compared.Metrics() {
		b.ReportMetric(value, unit)
	}
}
