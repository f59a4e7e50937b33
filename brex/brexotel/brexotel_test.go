package brexotel_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexotel"
	"github.com/brex-go/sdk/brex/brextest"
)

// traced runs f below a span of the caller's own, and gives what was recorded: that span, and those of the attempts.
func traced(t *testing.T, server *brextest.Server, f func(context.Context, *brex.Client)) (caller sdktrace.ReadOnlySpan, attempts []sdktrace.ReadOnlySpan) {
	t.Helper()
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	client, err := brexotel.NewClient(provider, brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	ctx, span := provider.Tracer("payroll").Start(context.Background(), "pay day")
	f(ctx, client)
	span.End()
	require.NoError(t, provider.Shutdown(context.Background()))
	for _, s := range recorder.Ended() {
		require.NotContains(t, everything(s), server.Token(), s.Name())
		switch {
		case s.SpanContext().SpanID() == span.SpanContext().SpanID():
			caller = s
		case s.SpanKind() == trace.SpanKindClient && s.Parent().SpanID() == span.SpanContext().SpanID():
			attempts = append(attempts, s)
		default:
			require.Fail(t, "a span is neither the caller's nor an attempt's below it", s.Name())
		}
	}
	require.NotNil(t, caller)
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

// A list that fails with 502 once: a span for each attempt, and the retry and the page on the caller's span.
func TestSpanPerAttempt(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	server.FailNext("listUsers", brextest.Status(502, ""), 1)
	caller, attempts := traced(t, server, func(ctx context.Context, client *brex.Client) {
		_, err := client.Users.List(ctx, brex.UserListParams{Limit: 3, Email: "ada@example.com"})
		require.NoError(t, err)
	})
	var statuses []string
	for _, a := range attempts {
		statuses = append(statuses, a.Name()+" "+value(a.Attributes(), "http.response.status_code"))
		require.Equal(t, server.URL+"/v2/users", value(a.Attributes(), "url.full"))
	}
	require.Equal(t, []string{"brex GET 502", "brex GET 200"}, statuses)
	require.Equal(t, []string{"brex retry listUsers 1 502", "brex page listUsers 0", "brex call listUsers 2"},
		events(caller, "brex.operation", "brex.attempt", "http.response.status_code", "brex.items", "brex.attempts"))
	for _, s := range append(attempts, caller) {
		require.NotContains(t, everything(s), "ada@example.com", s.Name())
	}
	require.Equal(t, codes.Unset, caller.Status().Code)
}

// A write that Brex does and then breaks off, and one that fails: the broken attempt is a failed span, the repeat has the same key.
func TestFailuresAreVisible(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	server.FailNext("createVendor", brextest.ResetAfterAccept(), 1)
	key := brex.KeyFrom("vendor", "Acme")
	caller, attempts := traced(t, server, func(ctx context.Context, client *brex.Client) {
		_, err := client.Vendors.Create(ctx, brex.CreateVendorRequest{CompanyName: "Acme"}, brex.WithIdempotencyKey(key))
		require.NoError(t, err)
		_, err = client.Cards.Get(ctx, "no_such_card")
		require.ErrorIs(t, err, brex.ErrNotFound)
	})
	var codesSeen []string
	for _, a := range attempts {
		codesSeen = append(codesSeen, a.Name()+" "+a.Status().Code.String())
	}
	require.Equal(t, []string{"brex POST Error", "brex POST Unset", "brex GET Error"}, codesSeen)
	require.Equal(t, []string{"brex retry createVendor " + key, "brex call createVendor " + key, "brex call getCardById refused"},
		events(caller, "brex.operation", "brex.idempotency_key", "brex.outcome"))
	require.Equal(t, sdktrace.Status{Code: codes.Error, Description: "getCardById failed"}, caller.Status())
}

// An upload goes to another host by an address that is a secret: it is not traced. Nor does Brex learn of the trace.
func TestNothingLeaks(t *testing.T) {
	otel.SetTextMapPropagator(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{})) // as programs do
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	_, attempts := traced(t, server, func(ctx context.Context, client *brex.Client) {
		var card brex.Expense
		for e, err := range client.Expenses.All(ctx, brex.ExpenseListParams{ExpenseType: []brex.ExpenseType{brex.ExpenseTypeCard}}) {
			require.NoError(t, err)
			card = e
			break
		}
		_, err := client.Receipts.Upload(ctx, card.ID, brex.FileFromReader("lunch.pdf", strings.NewReader("%PDF-1.7"), 8))
		require.NoError(t, err)
	})
	require.Len(t, attempts, 2)
	require.Equal(t, []string{"brex GET", "brex POST"}, []string{attempts[0].Name(), attempts[1].Name()})
	for _, r := range server.Requests() {
		require.Empty(t, r.Header.Get("Traceparent"), r.OperationID)
		require.Empty(t, r.Header.Get("Baggage"), r.OperationID)
	}
}

// A call outside of any span is traced all the same.
func TestWithoutASpanOfTheCaller(t *testing.T) {
	server := brextest.NewServer(t, brextest.WithStrictQuery())
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	client, err := brexotel.NewClient(provider, brex.WithBaseURL(server.URL), brex.WithToken(server.Token()))
	require.NoError(t, err)
	_, err = client.Users.Me(t.Context(), brex.UserMeParams{})
	require.NoError(t, err)
	spans := recorder.Ended()
	require.Len(t, spans, 1)
	require.False(t, spans[0].Parent().IsValid())
	require.Empty(t, spans[0].Events())
}
