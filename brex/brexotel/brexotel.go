// Package brexotel traces the calls of a client with OpenTelemetry.
//
// Every attempt is a span of its own below the one in the context of the call. Retries, waits,
// pages and the end of the call are events of that one, because no transport sees them. Spans hold
// no query, which can name people, no header and no body; Brex is sent neither trace ids nor
// baggage. Uploads go to an address that is a secret, and are events only.
package brexotel

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

// NewClient is brex.New with Transport and Observe. A client of your own, in opts, needs a Transport
// of its own.
func NewClient(provider trace.TracerProvider, opts ...brex.Option) (*brex.Client, error) {
	traced := brex.WithHTTPClient(&http.Client{Transport: Transport(provider, nil)})
	return brex.New(append([]brex.Option{traced, brex.WithObserver(Observe)}, opts...)...)
}

// Transport makes a span of every request, named "brex GET" and so on. provider is nil for
// OpenTelemetry's global one, next for http.DefaultTransport.
func Transport(provider trace.TracerProvider, next http.RoundTripper) http.RoundTripper {
	if next == nil {
		next = http.DefaultTransport
	}
	return otelhttp.NewTransport(withoutQuery{next}, otelhttp.WithTracerProvider(provider),
		otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return "brex " + r.Method }),
		// Brex is not a part of your system.
		otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator()))
}

// withoutQuery takes the query, which can name people, out of the address that otelhttp has put on the span.
type withoutQuery struct{ next http.RoundTripper }

func (t withoutQuery) RoundTrip(req *http.Request) (*http.Response, error) {
	plain := *req.URL
	plain.User, plain.RawQuery, plain.Fragment = nil, "", ""
	trace.SpanFromContext(req.Context()).SetAttributes(attribute.String("url.full", plain.String()))
	return t.next.RoundTrip(req)
}

// Observe, for brex.WithObserver, adds an event to the span in the context of the call, with the
// operation, the idempotency key, Brex's trace id and the outcome as brex.operation and so on. A
// call that fails sets the span's status. Attempts have spans already, and are left out.
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
		attrs = append(attrs, attribute.Int("brex.attempt", e.Attempt),
			attribute.Int("http.response.status_code", e.Status),
			attribute.Float64("brex.wait_seconds", e.Wait.Seconds()))
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
