package brex

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// Every way in which card and account numbers are written, and what is none.
func TestNumbersInBrexsWords(t *testing.T) {
	for said, want := range map[string]string{
		"card 4242424242424242 declined":        "card [number]4242 declined",
		"pan=4242424242424242, 371449635398431": "pan=[number]4242, [number]8431",
		"card-4242424242424242":                 "card-[number]4242",
		"acct_4242424242424242":                 "acct_[number]4242",
		"4242 4242 4242 4243":                   "[number]4243",
		"4242.4242.4242.4243!":                  "[number]4243!",
		"4242/4242/4242/4243 is no card":        "[number]4243 is no card",
		"4242 / 4242 / 4242 / 4243":             "[number]4243",
		"4242_4242_4242_4243":                   "[number]4243",
		"4242\u20114242\u20114242\u20114243":    "[number]4243",
		"2221/0000/0000/0009":                   "[number]0009",
		"4242-4242-4242-4242-123 is no card":    "[number]2123 is no card",
		"amex 3714 496353 98431":                "amex [number]8431",
		"amex 3714/496353/98431":                "amex [number]8431",
		"card4242424242424242":                  "card[number]4242",
		"account 123456789":                     "account [number]6789",
		"account 12345678":                      "account [number]5678",
		"12345678":                              "[number]5678",
		"acct_123456789 is closed":              "acct_[number]6789 is closed",
		"ACCOUNT-12345678":                      "ACCOUNT-[number]5678",
		"account_number:12345678":               "account_number:[number]5678",
		"IBAN DE89370400440532013000 is wrong":  "IBAN [number]3000 is wrong",
		"iban de89370400440532013000 is wrong":  "iban [number]3000 is wrong",
		"iban_de89370400440532013000":           "iban_[number]3000",
		"be68539007547034":                      "[number]7034",
		"De89 3704 0044 0532 0130 00":           "[number]3000",
		"(GB82 WEST 1234 5698 7654 32)":         "([number]5432)",
		"gb82-west-1234-5698-7654-32":           "[number]5432",

		"expense_ckrz3n9b9013i01h5hgdyz7jh":                     "expense_ckrz3n9b9013i01h5hgdyz7jh",
		"dptx_cl0a1b2c3d4e5f6g7h8i9j0k1 and cuacc_123456789":    "dptx_cl0a1b2c3d4e5f6g7h8i9j0k1 and cuacc_123456789",
		"expense_123456789012":                                  "expense_123456789012",
		"no 6ba7b810-9dad-11d1-80b4-123456789012 on 2026-11-01": "no 6ba7b810-9dad-11d1-80b4-123456789012 on 2026-11-01",
		"no 12345678-9012-1112-8014-123456789012":               "no 12345678-9012-1112-8014-123456789012",
		"trace de12651916cd43dd8448eb211c80319c":                "trace de12651916cd43dd8448eb211c80319c",
		"trace 0af7651916cd43dd8448eb211c80319c":                "trace 0af7651916cd43dd8448eb211c80319c",
		"2023/2024/2025/2026 and 1999 2000 2001 2002":           "2023/2024/2025/2026 and 1999 2000 2001 2002",
		"from 2026-11-01T12:00:00Z to 20261130T120000Z":         "from 2026-11-01T12:00:00Z to 20261130T120000Z",
		"at most 5000000 cents, not 12.50 USD":                  "at most 5000000 cents, not 12.50 USD",
		"field AB12 must be SET":                                "field AB12 must be SET",
		"AB12 MUST HAVE SOME CODE":                              "AB12 MUST HAVE SOME CODE",
		"be12 this that more":                                   "be12 this that more",
	} {
		body, err := json.Marshal(map[string]string{"message": said})
		require.NoError(t, err)
		client := newTestClient(t, roundTrip(func(*http.Request) (*http.Response, error) { return reply(400, string(body)), nil }))
		_, err = send(t.Context(), client, opRead)
		require.Equal(t, want, asError(t, err).Message, said)
	}
}
