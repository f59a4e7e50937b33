package brextest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/brex-go/sdk/brex/brextest"
)

// A transfer whose response is lost, sent again with the same key: the vendor is
// paid once.
func Example() {
	h, err := brextest.NewHandler()
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(h)
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

	call := func(method, path, body string, response any) error {
		r, err := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+h.Token())
		r.Header.Set("Idempotency-Key", "invoice-1042")
		resp, err := client.Do(r)
		if err != nil {
			return err
		}
		defer func() { _ = resp.Body.Close() }()
		return json.NewDecoder(resp.Body).Decode(response)
	}

	var account struct{ ID string }
	var vendors struct {
		Items []struct {
			PaymentAccounts []struct {
				Details struct {
					ID string `json:"payment_instrument_id"`
				}
			} `json:"payment_accounts"`
		}
	}
	_ = call("GET", "/v2/accounts/cash/primary", "", &account)
	_ = call("GET", "/v1/vendors?name=acme", "", &vendors)
	body := fmt.Sprintf(`{"counterparty": {"type": "VENDOR", "payment_instrument_id": %q},
		"amount": {"amount": 125000, "currency": "USD"}, "description": "Invoice 1042", "external_memo": "INV-1042",
		"originating_account": {"type": "BREX_CASH", "id": %q}}`, vendors.Items[0].PaymentAccounts[0].Details.ID, account.ID)

	h.FailNext("createTransfer", brextest.ResetAfterAccept(), 1)
	var transfer struct{ ID, Status string }
	fmt.Println("lost:", call("POST", "/v1/transfers", body, &transfer) != nil)
	fmt.Println("again:", call("POST", "/v1/transfers", body, &transfer), transfer.Status)

	h.Advance(72 * time.Hour)
	_ = call("GET", "/v1/transfers/"+transfer.ID, "", &transfer)
	fmt.Println("three days later:", transfer.Status)

	var transfers struct {
		Items []struct {
			Memo string `json:"external_memo"`
		}
	}
	_ = call("GET", "/v1/transfers", "", &transfers)
	paid := 0
	for _, t := range transfers.Items {
		if t.Memo == "INV-1042" {
			paid++
		}
	}
	fmt.Println("paid:", paid)
	// Output:
	// lost: true
	// again: <nil> PROCESSING
	// three days later: PROCESSED
	// paid: 1
}
