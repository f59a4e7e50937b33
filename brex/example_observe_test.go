package brex_test

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
)

// What happens to a call, in a structured log. What differs from run to run is left out here.
func ExampleWithObserver() {
	h, err := brextest.NewHandler(brextest.WithData(smallCompany))
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	h.FailNext("listUsers", brextest.Status(http.StatusBadGateway, ""), 1)

	logger := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		switch a.Key {
		case slog.TimeKey, slog.LevelKey, "took", "wait", "trace_id", "error":
			return slog.Attr{}
		}
		return a
	}}))
	client, err := brex.New(brex.WithToken(h.Token()), brex.WithBaseURL(server.URL),
		brex.WithObserver(func(ctx context.Context, e brex.Event) {
			if e.Kind == brex.EventRetry || e.Kind == brex.EventPage {
				logger.InfoContext(ctx, "brex", "event", e)
			}
		}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := brex.Collect(client.Users.All(context.Background(), brex.UserListParams{})); err != nil {
		log.Fatal(err)
	}
	// Output:
	// msg=brex event.kind=retry event.operation=listUsers event.attempt=1 event.status=502
	// msg=brex event.kind=page event.operation=listUsers event.items=3 event.more=false
}

// tracing stands for otelhttp.NewTransport(http.DefaultTransport), or any other http.RoundTripper that opens a span for each
// request: it sees every attempt, with the context of the call.
type tracing struct{ next http.RoundTripper }

func (t tracing) RoundTrip(req *http.Request) (*http.Response, error) {
	res, err := t.next.RoundTrip(req)
	if err == nil {
		fmt.Println("span:", req.Method, req.URL.Path, res.StatusCode)
	}
	return res, err
}

// OpenTelemetry goes under the client as its transport: otelhttp.NewTransport in place of tracing here. Each attempt becomes a
// span under the one in the context of the call; WithObserver adds what the transport cannot see: waits, retries, pages.
func ExampleWithHTTPClient_openTelemetry() {
	h, err := brextest.NewHandler(brextest.WithData(smallCompany))
	if err != nil {
		log.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	client, err := brex.New(brex.WithToken(h.Token()), brex.WithBaseURL(server.URL),
		brex.WithHTTPClient(&http.Client{Transport: tracing{http.DefaultTransport}}))
	if err != nil {
		log.Fatal(err)
	}
	if _, err := client.Users.List(context.Background(), brex.UserListParams{}); err != nil {
		log.Fatal(err)
	}
	// Output:
	// span: GET /v2/users 200
}
