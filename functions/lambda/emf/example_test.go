package emf_test

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/vodrefresh/vodrefresh/functions/lambda/emf"
)

func ExampleNewHandler() {
	json := slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: steady})
	h := emf.NewHandler(json, "vodrefresh/production")
	r := slog.NewRecord(time.Unix(1_790_000_000, 0), slog.LevelError, "message is dead", 0)
	r.Add("provider", "aliyun", "media_id", "43a5b1e0")
	_ = h.Handle(context.Background(), r)
	slog.New(h).Info("nothing to measure")
	// Output:
	// {"level":"ERROR","msg":"message is dead","provider":"aliyun","media_id":"43a5b1e0","DeadLetters":1,"_aws":{"Timestamp":1790000000000,"CloudWatchMetrics":[{"Namespace":"vodrefresh/production","Dimensions":[["provider"]],"Metrics":[{"Name":"DeadLetters","Unit":"Count"}]}]}}
	// {"level":"INFO","msg":"nothing to measure"}
}
