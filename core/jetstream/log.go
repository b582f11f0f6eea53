package jetstream

import (
	"fmt"
	"log/slog"
	"sync"
)

// serverLog writes the server's log to ours. It never ends the process, as the
// server's own logger does for a fatal error, but remembers the error.
type serverLog struct {
	log *slog.Logger

	mu   sync.Mutex
	last string
}

func newLog(log *slog.Logger) *serverLog {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &serverLog{log: log}
}

// fatal returns what ended the server, if anything did.
func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// Noticef, Debugf and Tracef hear of what goes well.
func (l *serverLog) Noticef(format string, v ...any) { l.Debugf(format, v...) }

// Debugf hears of details.
func (l *serverLog) Debugf(format string, v ...any) {
	l.log.Debug("NATS server", "text", fmt.Sprintf(format, v...))
}

// Tracef hears of every message, and is never asked to.
func (l *serverLog) Tracef(format string, v ...any) { l.Debugf(format, v...) }

// Warnf hears of what may go wrong.
func (l *serverLog) Warnf(format string, v ...any) {
	l.log.Warn("NATS server", "text", fmt.Sprintf(format, v...))
}

// Errorf hears of what went wrong.
func (l *serverLog) Errorf(format string, v ...any) {
	l.log.Error("NATS server", "text", fmt.Sprintf(format, v...))
}

// Fatalf hears of what the server cannot live with.
func (l *serverLog) Fatalf(format string, v ...any) {
	text := fmt.Sprintf(format, v...)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last = text
	l.log.Error("NATS server", "text", text)
}
