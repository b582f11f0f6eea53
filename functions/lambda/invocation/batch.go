package invocation

import (
	"context"

	"github.com/vodrefresh/vodrefresh/core"
	"github.com/vodrefresh/vodrefresh/functions/lambda/envelope"
)

// batch works on messages of SQS and reports those that have to come again: what
// cannot be read, which the queue's redrive policy takes away in the end, and what
// could not be settled. A panic fails all of them, and so does a want of time: of
// those that were done nevertheless, the store knows that they are covered.
func (h *Handler) batch(answering, working context.Context, records []envelope.Record) ([]byte, error) {
	failed, finished := within(answering, func() []string { return h.work(working, records) })
	if !finished {
		h.cfg.Log.WarnContext(answering, "no time is left for a batch: give the function a longer time-out", "messages", len(records))
		failed = ids(records)
	}
	h.cfg.Log.InfoContext(answering, "batch", "messages", len(records), "failed", len(failed))
	return encode(envelope.Failures(failed...))
}

// work returns the IDs of the messages that have to come again.
func (h *Handler) work(ctx context.Context, records []envelope.Record) (failed []string) {
	defer func() {
		if p := recover(); p != nil {
			_ = h.panicked(ctx, p)
			failed = ids(records)
		}
	}()
	deliveries := make([]core.Delivery, 0, len(records))
	byReceipt := make(map[any]string, len(records))
	for _, r := range records {
		delivery, err := h.cfg.Queue.Adopt(ctx, r.Body, r.ReceiptHandle, r.Receives)
		switch core.KindOf(err) {
		case "":
			deliveries = append(deliveries, delivery)
			byReceipt[delivery.Receipt] = r.MessageID
		case core.NotReady:
			h.cfg.Log.InfoContext(ctx, "a message is not for now", "message_id", r.MessageID, "error", err)
		default:
			h.cfg.Log.WarnContext(ctx, "a message cannot be taken", "message_id", r.MessageID, "receives", r.Receives,
				"error_kind", core.KindOf(err), "error", err)
			failed = append(failed, r.MessageID)
		}
	}
	if len(deliveries) == 0 {
		return failed
	}
	for _, left := range h.cfg.Work(ctx, deliveries) {
		failed = append(failed, byReceipt[left.Receipt])
	}
	return failed
}

// ids are those of all messages.
func ids(records []envelope.Record) []string {
	all := make([]string, len(records))
	for i, r := range records {
		all[i] = r.MessageID
	}
	return all
}
