package tracing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// traced runs f below a span of the caller's own, and gives what was recorded: that span, and those of the attempts.
func traced(t *testing.T, server *brextest.Server, f func(context.Context, *brex.Client)) (caller sdktrace.ReadOnlySpan, attempts []sdktrace.ReadOnlySpan) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	client, err := NewClient(provider, brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	if err != nil {
		t.Fatal(err)
	}
	ctx, span := provider.Tracer("payroll").Start(context.Background(), "pay day")
	f(ctx, client)
	span.End()
	if err := provider.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, s := range recorder.Ended() {
		if strings.Contains(everything(s), server.Token()) {
			t.Errorf("the token is in span %q: %s", s.Name(), everything(s))
		}
		switch {
		case s.SpanContext().SpanID() == span.SpanContext().SpanID():
			caller = s
		case s.SpanKind() == trace.SpanKindClient && s.Parent().SpanID() == span.SpanContext().SpanID():
			attempts = append(attempts, s)
		default:
			t.Errorf("span %q is neither the caller's nor an attempt's below it", s.Name())
		}
	}
	if caller == nil {
		t.Fatal("the caller's span is not there")
	}
	return caller, attempts
}

// everything is all that a span tells an exporter.
func everything(s sdktrace.ReadOnlySpan) string {
	var b strings.Builder
	fmt.Fprintln(&b, s.Name(), s.Status(), s.Attributes(), s.Resource().Attributes(), s.SpanContext().TraceState())
	for _, e := range s.Events() {
		fmt.Fprintln(&b, e.Name, e.Attributes)
	}
	return b.String()
}

func value(attrs []attribute.KeyValue, key string) string {
	for _, a := range attrs {
		if string(a.Key) == key {
			return a.Value.Emit()
		}
	}
	return ""
}

// events of a span, by name and the values of some attributes.
func events(s sdktrace.ReadOnlySpan, keys ...string) (list []string) {
	for _, e := range s.Events() {
		line := []string{e.Name}
		for _, key := range keys {
			if v := value(e.Attributes, key); v != "" {
				line = append(line, v)
			}
		}
		list = append(list, strings.Join(line, " "))
	}
	return list
}

func same(t *testing.T, what string, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// A list that is answered with 502 once: a span for each attempt, and the retry and the page on the caller's span.
func TestSpanPerAttempt(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	server.FailNext("listUsers", brextest.Status(502, ""), 1)
	caller, attempts := traced(t, server, func(ctx context.Context, client *brex.Client) {
		if _, err := client.Users.List(ctx, brex.UserListParams{Limit: 3, Email: "ada@example.com"}); err != nil {
			t.Fatal(err)
		}
	})
	var statuses []string
	for _, a := range attempts {
		statuses = append(statuses, a.Name()+" "+value(a.Attributes(), "http.response.status_code"))
		if address := value(a.Attributes(), "url.full"); address != server.URL+"/v2/users" {
			t.Errorf("the address on the span is %s", address)
		}
	}
	same(t, "attempts", statuses, "brex GET 502", "brex GET 200")
	same(t, "events", events(caller, "brex.operation", "brex.attempt", "http.response.status_code", "brex.items", "brex.attempts"),
		"brex retry listUsers 1 502", "brex page listUsers 0", "brex call listUsers 2")
	for _, s := range append(attempts, caller) {
		if strings.Contains(everything(s), "ada@example.com") {
			t.Errorf("span %q holds the query: %s", s.Name(), everything(s))
		}
	}
	if s := caller.Status(); s.Code != codes.Unset {
		t.Errorf("the call worked, its status is %v", s)
	}
}

// A write that Brex does and then breaks off, and one that fails: the broken attempt is a failed span, the repeat has the same key.
func TestFailuresAreVisible(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	server.FailNext("createVendor", brextest.ResetAfterAccept(), 1)
	key := brex.KeyFrom("vendor", "Acme")
	caller, attempts := traced(t, server, func(ctx context.Context, client *brex.Client) {
		if _, err := client.Vendors.Create(ctx, brex.CreateVendorRequest{CompanyName: "Acme"}, brex.WithIdempotencyKey(key)); err != nil {
			t.Fatal(err)
		}
		if _, err := client.Cards.Get(ctx, "no_such_card"); !errors.Is(err, brex.ErrNotFound) {
			t.Fatal(err)
		}
	})
	var codesSeen []string
	for _, a := range attempts {
		codesSeen = append(codesSeen, a.Name()+" "+a.Status().Code.String())
	}
	same(t, "attempts", codesSeen, "brex POST Error", "brex POST Unset", "brex GET Error")
	same(t, "events", events(caller, "brex.operation", "brex.idempotency_key", "brex.outcome"),
		"brex retry createVendor "+key, "brex call createVendor "+key, "brex call getCardById refused")
	if s := caller.Status(); s.Code != codes.Error || s.Description != "getCardById failed" {
		t.Errorf("the caller's span has status %v", s)
	}
}

// An upload goes to another host by an address that is a secret: it is not traced. Nor does Brex learn of the trace.
func TestNothingLeaks(t *testing.T) {
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})) // as programs do
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	_, attempts := traced(t, server, func(ctx context.Context, client *brex.Client) {
		var card brex.Expense
		for e, err := range client.Expenses.All(ctx, brex.ExpenseListParams{ExpenseType: []brex.ExpenseType{brex.ExpenseTypeCard}}) {
			if err != nil {
				t.Fatal(err)
			}
			card = e
			break
		}
		if _, err := client.Receipts.Upload(ctx, card.ID, brex.FileFromReader("lunch.pdf", strings.NewReader("%PDF-1.7"), 8)); err != nil {
			t.Fatal(err)
		}
	})
	same(t, "attempts", []string{attempts[0].Name(), attempts[len(attempts)-1].Name(), fmt.Sprint(len(attempts))}, "brex GET", "brex POST", "2")
	for _, r := range server.Requests() {
		if r.Header.Get("Traceparent") != "" || r.Header.Get("Baggage") != "" {
			t.Errorf("%s carries the trace: %v", r.OperationID, r.Header)
		}
	}
}

// A call outside of any span is traced all the same.
func TestWithoutASpanOfTheCaller(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	recorder := tracetest.NewSpanRecorder()
	client, err := NewClient(sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder)), brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Users.Me(context.Background(), brex.UserMeParams{}); err != nil {
		t.Fatal(err)
	}
	if spans := recorder.Ended(); len(spans) != 1 || spans[0].Parent().IsValid() || len(spans[0].Events()) != 0 {
		t.Errorf("spans: %v", spans)
	}
}
