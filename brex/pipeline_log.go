package brex

import (
	"errors"
	"log/slog"
	"time"
)

// logStage writes one record per call: Debug when it worked, Warn when not. It names the operation,
// never the query, the headers or the bodies, so there is nothing in it to redact.
func logStage(c *config, record string, next handler) handler {
	if c.logger == nil {
		return next
	}
	return func(k *call) error {
		start := time.Now()
		err := next(k)
		e, failed := errors.AsType[*Error](err)
		level := slog.LevelDebug
		if failed {
			level = slog.LevelWarn
		}
		if !c.logger.Enabled(k.ctx, level) {
			return err
		}
		attrs := []slog.Attr{
			slog.String("operation", k.op.ID), slog.String("method", k.op.Method), slog.String("path", k.op.Path),
			slog.Int("status", k.response.status), slog.Int("attempts", k.attempt), slog.Duration("took", time.Since(start)),
		}
		if k.traceID != "" {
			attrs = append(attrs, slog.String("trace_id", k.traceID))
		}
		if k.key != "" {
			attrs = append(attrs, slog.String("idempotency_key", k.key))
		}
		if failed {
			attrs = append(attrs, slog.String("outcome", string(e.Outcome())), slog.String("error", e.Error()))
		}
		c.logger.LogAttrs(k.ctx, level, record, attrs...)
		return err
	}
}
