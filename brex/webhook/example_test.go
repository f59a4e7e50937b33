package webhook_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
)

// A secret as Brex hands it out. Keep yours out of the code.
var exampleSecret = base64.StdEncoding.EncodeToString([]byte("32 bytes that only Brex knows..."))

func ExampleVerify() {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, webhook.MaxBodySize))
		if err != nil {
			http.Error(w, "unreadable", http.StatusBadRequest)
			return
		}
		if err := webhook.Verify(body, r.Header, []string{exampleSecret}); err != nil {
			fmt.Println(err)
			http.Error(w, "unauthorized", http.StatusUnauthorized)
			return
		}
		event, err := webhook.Parse(body)
		if err != nil {
			http.Error(w, "not an event", http.StatusBadRequest)
			return
		}
		switch e := event.(type) {
		case *webhook.TransferProcessed:
			fmt.Println("transfer", e.TransferID, "was processed")
		case *webhook.UnknownEvent:
			fmt.Println("something new:", e.EventType)
		}
	})

	genuine, _ := webhook.NewRequest(context.Background(), "https://example.com/brex", exampleSecret,
		&webhook.TransferProcessed{TransferID: "dptx_1"})
	handler.ServeHTTP(httptest.NewRecorder(), genuine)

	forged, _ := webhook.NewRequest(context.Background(), "https://example.com/brex",
		base64.StdEncoding.EncodeToString([]byte("a secret that a forger made up")), &webhook.TransferProcessed{TransferID: "dptx_2"})
	handler.ServeHTTP(httptest.NewRecorder(), forged)

	// What an unset variable gives is no secret.
	fmt.Println(webhook.Verify([]byte("{}"), forged.Header, []string{os.Getenv("BREX_WEBHOOK_SECRET_UNSET")}))
	// Output:
	// transfer dptx_1 was processed
	// webhook: no valid signature
	// webhook: no signing secret: it is empty (secret 1 of 1)
}

func ExampleNewHandler() {
	secrets, err := webhook.NewVerifier(exampleSecret)
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := webhook.NewHandler(secrets,
		webhook.On(func(_ context.Context, e *webhook.TransferProcessed) error {
			fmt.Println("paid by", e.PaymentType)
			return nil // Brex is answered 200
		}),
		webhook.On(func(context.Context, *webhook.TransferFailed) error {
			return errors.New("the ledger is down") // Brex gets a 500, and sends the event again
		}),
		webhook.OnOther(func(_ context.Context, e webhook.Event) error {
			fmt.Println("not interesting:", e.Type())
			return nil
		}),
	)
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(handler)
	defer server.Close()

	for _, event := range []webhook.Event{
		&webhook.TransferProcessed{TransferID: "dptx_1", PaymentType: "ACH"},
		&webhook.UserUpdated{UserID: "cuuser_1"},
	} {
		r, _ := webhook.NewRequest(context.Background(), server.URL, exampleSecret, event)
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		_ = resp.Body.Close()
		fmt.Println(resp.StatusCode)
	}
	// Output:
	// paid by ACH
	// 200
	// not interesting: USER_UPDATED
	// 200
}

// Testing a handler of one's own: Brex sends a delivery again, with the same id.
func ExampleNewRequest() {
	secrets, _ := webhook.NewVerifier(exampleSecret)
	handler, _ := webhook.NewHandler(secrets, webhook.On(func(ctx context.Context, e *webhook.ExpensePaymentUpdated) error {
		d, _ := webhook.DeliveryFrom(ctx)
		fmt.Println(d.ID, e.ExpenseID, e.PaymentStatus)
		return nil
	}))
	for range 2 {
		r, err := webhook.NewRequest(context.Background(), "https://example.com/brex", exampleSecret,
			&webhook.ExpensePaymentUpdated{ExpenseID: "expense_1", PaymentStatus: "PENDING"}, webhook.WithID("msg_1"))
		if err != nil {
			fmt.Println(err)
			return
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		fmt.Println(w.Code)
	}
	// Output:
	// msg_1 expense_1 PENDING
	// 200
	// 200
}

// A partner gets the events of all customers at one address, and needs the right client for each.
func ExampleForCompany() {
	type Client struct{ Token string } // *brex.Client, in a real program
	clients := map[string]*Client{"cuacc_1": {Token: "bxt_1"}, "cuacc_2": {Token: "bxt_2"}}

	secrets, _ := webhook.NewVerifier(exampleSecret)
	handler, _ := webhook.NewHandler(secrets,
		webhook.ForCompany(func(_ context.Context, companyID string) (*Client, error) {
			if c, ok := clients[companyID]; ok {
				return c, nil
			}
			return nil, webhook.ErrSkip // a customer who left
		}),
		webhook.On(func(ctx context.Context, e *webhook.UserUpdated) error {
			client, err := webhook.FromCompany[*Client](ctx)
			if err != nil {
				return err
			}
			fmt.Println("read", e.UserID, "with", client.Token)
			return nil
		}),
	)
	r, _ := webhook.NewRequest(context.Background(), "https://example.com/brex", exampleSecret,
		&webhook.UserUpdated{UserID: "cuuser_7", CompanyID: "cuacc_2"})
	handler.ServeHTTP(httptest.NewRecorder(), r)
	// Output: read cuuser_7 with bxt_2
}

// The secrets come from the API, here the sandbox's, and change while events arrive.
func ExampleNewSecretCache() {
	sandbox, err := brextest.NewHandler()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sandbox)
	defer server.Close()
	client, err := brex.New(brex.WithToken(sandbox.Token()), brex.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	secrets, err := webhook.NewSecretCache(func(ctx context.Context) ([]brex.Secret, error) {
		fmt.Println("asking for the secrets")
		list, err := client.Webhooks.Secrets(ctx)
		return webhook.UsableSecrets(list), err
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	handler, err := webhook.NewHandler(secrets,
		webhook.On(func(_ context.Context, e *webhook.UserUpdated) error {
			fmt.Println("updated:", e.UpdatedAttributes)
			return nil
		}))
	if err != nil {
		fmt.Println(err)
		return
	}
	receiver := httptest.NewServer(handler)
	defer receiver.Close()
	if _, err := client.Webhooks.Create(context.Background(), brex.CreateWebhookRequest{
		URL: receiver.URL, EventTypes: []brex.WebhookEventType{webhook.TypeUserUpdated}}); err != nil {
		fmt.Println(err)
		return
	}

	for range 2 {
		for range 2 {
			if _, err := sandbox.FireEvent("USER_UPDATED", nil); err != nil {
				fmt.Println(err)
				return
			}
			sandbox.DeliverPending()
		}
		if err := sandbox.RotateWebhookSecret(0); err != nil {
			fmt.Println(err)
			return
		}
	}
	// Output:
	// asking for the secrets
	// updated: [STATUS]
	// updated: [STATUS]
	// asking for the secrets
	// updated: [STATUS]
	// updated: [STATUS]
}
