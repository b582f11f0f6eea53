package main_test

import (
	"testing"
	"time"

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
	launches := []runtimetest.Launch{{Path: built(b, hello)}, {Path: built(b, function), Environ: environ}}
	b.ResetTimer()
	medians, err := runtimetest.Starts(b.Context(), runtimetest.FunctionCompute(), b.N, launches...)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(medians[0])/float64(time.Millisecond), "hello-ms")
	b.ReportMetric(float64(medians[1])/float64(time.Millisecond), "start-ms")
	b.ReportMetric(float64(medians[1])/float64(medians[0]), "times-hello")
}
