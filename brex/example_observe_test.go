package brex_test

import (
	"context"
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
