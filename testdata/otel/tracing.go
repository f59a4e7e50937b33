// Package tracing shows the SDK under OpenTelemetry: otelhttp makes a span of every attempt, an observer adds to the caller's span what no
// transport can see. It is a module of its own, so that importing the SDK does not bring OpenTelemetry along.
package tracing

import (
	"context"
	"net/http"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/brex-go/sdk/brex"
)

// NewClient makes a client whose calls are traced. Every attempt is a span of its own below the one in the context of the call; retries,
// waits and pages are events of that one.
func NewClient(provider trace.TracerProvider, opts ...brex.Option) (*brex.Client, error) {
	transport := otelhttp.NewTransport(withoutQuery{http.DefaultTransport}, otelhttp.WithTracerProvider(provider),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return "brex " + r.Method }),
		// Brex is not a part of your system: it is sent neither trace ids nor baggage.
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()))
	return brex.New(append([]brex.Option{brex.WithHTTPClient(&http.Client{Transport: transport}), brex.WithObserver(Observe)}, opts...)...)
}

// withoutQuery takes the query, which can name people, out of the address that otelhttp has put on the span.
type withoutQuery struct{ next http.RoundTripper }

func (t withoutQuery) RoundTrip(req *http.Request) (*http.Response, error) {
	plain := *req.URL
	plain.User, plain.RawQuery, plain.Fragment = nil, "", ""
	trace.SpanFromContext(req.Context()).SetAttributes(attribute.String("url.full", plain.String()))
	return t.next.RoundTrip(req)
}

// Observe adds an event to the span in the context of the call. Attempts have spans already, and are left out.
func Observe(ctx context.Context, e brex.Event) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() || e.Kind == brex.EventSend || e.Kind == brex.EventAttempt {
		return
	}
	attrs := []attribute.KeyValue{attribute.String("brex.operation", e.Operation)}
	text := func(key, v string) {
		if v != "" {
			attrs = append(attrs, attribute.String(key, v))
		}
	}
	text("brex.idempotency_key", e.IdempotencyKey)
	text("brex.trace_id", e.TraceID) // what Brex's support asks for
	text("brex.outcome", string(e.Outcome))
	switch e.Kind {
	case brex.EventRetry, brex.EventLimited:
		attrs = append(attrs, attribute.Int("brex.attempt", e.Attempt), attribute.Int("http.response.status_code", e.Status), attribute.Float64("brex.wait_seconds", e.Wait.Seconds()))
	case brex.EventPage:
		attrs = append(attrs, attribute.Int("brex.items", e.Items), attribute.Bool("brex.more", e.More))
	case brex.EventCall, brex.EventUpload:
		attrs = append(attrs, attribute.Int("brex.attempts", e.Attempt))
	}
	if e.Err != nil {
		text("error.message", e.Err.Error())
		if e.Kind == brex.EventCall || e.Kind == brex.EventUpload {
			span.SetStatus(codes.Error, e.Operation+" failed")
		}
	}
	span.AddEvent("brex "+string(e.Kind), trace.WithAttributes(attrs...))
}
