package brex_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/brex-go/sdk/brex"
)

// The floor is what one writes by hand without an SDK: net/http with a timeout, io.ReadAll, encoding/json into plain
// structs. Both sides decode the same bytes from the same stub transport. The ratios within one run are what counts, in rounds
// that take turns, because times drift (make bench); bytes and allocations repeat and are held by TestCostOfAPage and TestCostOfAGet.
// From Go 1.27 on encoding/json is about twice as fast, on both sides.

type stub struct{ body []byte }

func (s stub) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req, ContentLength: int64(len(s.body)),
		Header: http.Header{"Content-Type": {"application/json"}, "X-Brex-Trace-Id": {"t"}}, Body: io.NopCloser(bytes.NewReader(s.body))}, nil
}

type floorMoney struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

type floorExpense struct {
	ID              string      `json:"id"`
	Memo            string      `json:"memo"`
	LocationID      string      `json:"location_id"`
	DepartmentID    string      `json:"department_id"`
	Department      *floorNamed `json:"department"`
	UpdatedAt       time.Time   `json:"updated_at"`
	PaymentPostedAt time.Time   `json:"payment_posted_at"`
	Category        string      `json:"category"`
	MerchantID      string      `json:"merchant_id"`
	Merchant        *struct {
		RawDescriptor string `json:"raw_descriptor"`
		MCC           string `json:"mcc"`
		Country       string `json:"country"`
	} `json:"merchant"`
	Receipts []struct {
		ID           string   `json:"id"`
		DownloadURIs []string `json:"download_uris"`
	} `json:"receipts"`
	BudgetID            string      `json:"budget_id"`
	ExpenseType         string      `json:"expense_type"`
	OriginalAmount      *floorMoney `json:"original_amount"`
	BillingAmount       *floorMoney `json:"billing_amount"`
	BudgetAmount        *floorMoney `json:"budget_amount"`
	PurchasedAmount     *floorMoney `json:"purchased_amount"`
	USDEquivalentAmount *floorMoney `json:"usd_equivalent_amount"`
	PurchasedAt         time.Time   `json:"purchased_at"`
	Status              string      `json:"status"`
	PaymentStatus       string      `json:"payment_status"`
	UserID              string      `json:"user_id"`
	User                *struct {
		ID        string `json:"id"`
		FirstName string `json:"first_name"`
		LastName  string `json:"last_name"`
	} `json:"user"`
	SpendingEntityID string    `json:"spending_entity_id"`
	BillingEntityID  string    `json:"billing_entity_id"`
	SubmittedAt      time.Time `json:"submitted_at"`
	DashboardURL     string    `json:"dashboard_url"`
}

type floorNamed struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type floorPage struct {
	Items      []floorExpense `json:"items"`
	NextCursor string         `json:"next_cursor"`
}

func floorGet[T any](client *http.Client, address string) (*T, error) {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer token")
	req.Header.Set("Accept", "application/json")
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", res.StatusCode)
	}
	out := new(T)
	return out, json.Unmarshal(body, out)
}

func expenseJSON(i int) string {
	return fmt.Sprintf(`{"id":"expense_cm%024d","memo":"Lunch with the Tokyo team, invoice %d","location_id":"loc_cm%020d",`+
		`"location":null,"address":null,"department_id":"dep_cm%020d","department":{"id":"dep_cm%020d","name":"Engineering"},`+
		`"updated_at":"2026-10-%02dT12:34:56.789Z","payment_posted_at":"2026-10-%02dT01:02:03Z","category":"RESTAURANTS",`+
		`"merchant_id":"mer_cm%020d","merchant":{"raw_descriptor":"SQ *BLUE BOTTLE %d","mcc":"5814","country":"USA"},`+
		`"receipts":[{"id":"receipt_cm%020d","download_uris":null}],"budget_id":"bud_cm%020d","budget":null,"expense_type":"CARD",`+
		`"original_amount":{"amount":%d,"currency":"USD"},"billing_amount":{"amount":%d,"currency":"USD"},`+
		`"budget_amount":{"amount":%d,"currency":"USD"},"purchased_amount":{"amount":%d,"currency":"USD"},`+
		`"usd_equivalent_amount":{"amount":%d,"currency":"USD"},"purchased_at":"2026-10-%02dT00:00:00Z","status":"SETTLED",`+
		`"payment_status":"CLEARED","user_id":"cuuser_cm%020d","user":{"id":"cuuser_cm%020d","first_name":"Ada","last_name":"Okafor"},`+
		`"payment":null,"custom_fields":null,"trip_id":null,"spending_entity_id":"ent_cm%020d","spending_entity":null,`+
		`"billing_entity_id":"ent_cm%020d","exported_at":null,"review":null,"repayment":null,"approved_at":null,`+
		`"submitted_at":"2026-10-%02dT05:06:07Z","dashboard_url":"https://dashboard.brex.com/expenses/%024d"}`,
		i, i, i, i, i, i%28+1, i%28+1, i, i, i, i, i*7, i*7, i*7, i*7, i*7, i%28+1, i, i, i, i, i%28+1, i)
}

func pageJSON(n int) []byte {
	items := make([]string, n)
	for i := range items {
		items[i] = expenseJSON(i)
	}
	return []byte(`{"next_cursor":"eyJvZmZzZXQiOjEwMH0","items":[` + strings.Join(items, ",") + `]}`)
}

func benchClient(tb testing.TB, body []byte, opts ...brex.Option) (*http.Client, *brex.Client) {
	hc := &http.Client{Transport: stub{body}, Timeout: time.Minute}
	// As in production, with a limiter and a log without debugging, but not held back: a benchmark makes far more than 1,000 calls a minute.
	window, err := brex.NewWindow(1000, time.Microsecond)
	if err != nil {
		tb.Fatal(err)
	}
	client, err := brex.New(append(opts, brex.WithToken("token"), brex.WithHTTPClient(&http.Client{Transport: stub{body}}), brex.WithLimiter(window),
		brex.WithLogger(slog.New(slog.NewTextHandler(io.Discard, nil))))...)
	if err != nil {
		tb.Fatal(err)
	}
	return hc, client
}

func BenchmarkListPage(b *testing.B) {
	body := pageJSON(100)
	hc, client := benchClient(b, body)
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		b.SetBytes(int64(len(body)))
		for b.Loop() {
			page, err := floorGet[floorPage](hc, brex.DefaultBaseURL+"/v1/expenses?limit=100")
			if err != nil || len(page.Items) != 100 {
				b.Fatal(err)
			}
		}
	})
	_, drifting := benchClient(b, body, brex.WithDrift(func(brex.Drift) {}))
	for name, client := range map[string]*brex.Client{"brex": client, "with drift": drifting} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				page, err := client.Expenses.List(context.Background(), brex.ExpenseListParams{Limit: 100})
				if err != nil || len(page.Items) != 100 {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	body := []byte(`{"id":"expense_1","memo":"Lunch","updated_at":"2026-10-01T12:34:56Z","status":"SETTLED","billing_amount":{"amount":700,"currency":"USD"}}`)
	hc, client := benchClient(b, body)
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := floorGet[floorExpense](hc, brex.DefaultBaseURL+"/v1/expenses/expense_1"); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("brex", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := client.Expenses.Get(context.Background(), "expense_1", brex.ExpenseGetParams{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
