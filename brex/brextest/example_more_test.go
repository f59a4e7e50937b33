package brextest_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/webhook"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// call sends a request with the admin's token.
func call(h *brextest.Handler, method, target, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, bytes.NewReader([]byte(body)))
	r.Header.Set("Authorization", "Bearer "+h.Token())
	r.Header.Set("Idempotency-Key", "example")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// About three calls in ten fail with 503, and which ones is the
// same in each run.
func ExampleHandler_AddRule() {
	h, err := brextest.NewHandler()
	must(err)
	h.AddRule(brextest.Rule{Method: "GET", Fault: brextest.Status(503, ""), Rate: 0.3, Seed: 7})
	for range 8 {
		fmt.Print(call(h, "GET", "/v2/company", "").Code, " ")
	}
	// Output: 200 503 503 200 200 200 200 503
}

// A sandbox with Brex's limits.
func ExampleWithLimits() {
	h, err := brextest.NewHandler(brextest.WithLimits(brextest.Limits{}))
	must(err)
	for range 1000 {
		call(h, "GET", "/v2/company", "")
	}
	refused := call(h, "GET", "/v2/company", "")
	fmt.Println(refused.Code, refused.Header().Get("Retry-After"))
	h.Advance(time.Minute)
	fmt.Println(call(h, "GET", "/v2/company", "").Code)
	// Output:
	// 429 60
	// 200
}

// A receiver is told that a transfer was paid when the clock gets there.
func ExampleHandler_DeliverPending() {
	var h *brextest.Handler
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		must(err)
		must(webhook.Verify(body, r.Header, h.WebhookSecrets()))
		event, err := webhook.Parse(body)
		must(err)
		fmt.Println("received", event.Type())
	}))
	defer app.Close()
	h, err := brextest.NewHandler()
	must(err)
	call(h, "POST", "/v1/webhooks", `{"url":"`+app.URL+`","event_types":["TRANSFER_FAILED","USER_UPDATED"]}`)
	_, err = h.FireEvent("USER_UPDATED", nil)
	must(err)
	fmt.Println("attempts:", h.DeliverPending())
	// Output:
	// received USER_UPDATED
	// attempts: 1
}

// The first event comes late, and the second one twice.
func ExampleDeliverLate() {
	app := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		must(err)
		fmt.Println("received", string(body))
	}))
	defer app.Close()
	h, err := brextest.NewHandler()
	must(err)
	call(h, "POST", "/v1/webhooks", `{"url":"`+app.URL+`","event_types":["USER_UPDATED"]}`)
	h.FailNext(brextest.WebhookDelivery, brextest.DeliverLate(time.Hour), 1)
	h.FailNext(brextest.WebhookDelivery, brextest.Duplicate(), 1)
	for n := range 2 {
		_, err = h.FireEvent("USER_UPDATED", map[string]int{"event": n + 1})
		must(err)
	}
	h.Advance(2 * time.Hour)
	// Output:
	// received {"event":2}
	// received {"event":2}
	// received {"event":1}
}

// A company is saved and continued.
func ExampleHandler_Snapshot() {
	h, err := brextest.NewHandler(brextest.WithSeed(3))
	must(err)
	call(h, "POST", "/v1/vendors", `{"company_name":"Juniper Labs"}`)
	h.Advance(time.Hour)
	var file bytes.Buffer
	must(h.Snapshot(&file))

	again, err := brextest.NewHandler(brextest.WithSnapshot(&file))
	must(err)
	fmt.Println(again.Now().Format(time.TimeOnly))
	fmt.Println(bytes.Contains(call(again, "GET", "/v1/vendors?name=juniper", "").Body.Bytes(), []byte("Juniper Labs")))
	// Output:
	// 13:00:00
	// true
}
