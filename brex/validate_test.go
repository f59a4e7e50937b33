package brex

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/brex/wire"
	"go.yaml.in/yaml/v3"
)

// properties is a schema, as far as rules are read from it.
type properties struct {
	Properties map[string]struct {
		Description string
		Type        string
		MaxLength   int `yaml:"maxLength"`
	}
}

// TestRulesMatchTheDocuments reads our prose: what is called ASCII only must be checked, and the lengths must agree.
func TestRulesMatchTheDocuments(t *testing.T) {
	files, err := filepath.Glob("../openapi/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	found, lengths := 0, map[string]int{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		var doc struct {
			Components struct {
				Schemas map[string]struct {
					properties `yaml:",inline"`
					AllOf      []properties `yaml:"allOf"`
				}
			}
		}
		require.NoError(t, yaml.Unmarshal(b, &doc))
		for name, schema := range doc.Components.Schemas {
			for _, part := range append(schema.AllOf, schema.properties) {
				for member, p := range part.Properties {
					if p.Type == "string" && strings.Contains(p.Description, "ASCII") {
						found++
						require.Contains(t, asciiMembers, member, "%s: %s.%s", file, name, member)
					}
					if p.MaxLength > 0 && strings.HasSuffix(name, "Request") {
						lengths[member] = p.MaxLength
					}
				}
			}
		}
	}
	require.Greater(t, found, 40)
	require.True(t, slices.IsSorted(asciiMembers))
	require.Equal(t, longest, lengths)
}

func TestValidation(t *testing.T) {
	ctx := context.Background()
	usd := Money{Amount: 100, Currency: "USD"}
	transfer := func(change func(*CreateTransferRequest)) CreateTransferRequest {
		req := CreateTransferRequest{Counterparty: CounterpartyVendor("p1"), Amount: usd, Description: "Invoice 7", ExternalMemo: "INV-7", OriginatingAccount: OriginatingAccountCash("a1")}
		change(&req)
		return req
	}
	card := func(change func(*CreateCardRequest)) CreateCardRequest {
		req := CreateCardRequest{Owner: CardOwnerUser("u1"), CardName: "Ads", CardType: CardTypeVirtual, LimitType: CardLimitTypeUser}
		change(&req)
		return req
	}
	ach := func(change func(*ACHDetails)) []PaymentAccountRequest {
		d := ACHDetails{RoutingNumber: "021000021", AccountNumber: NewSecret("1"), AccountType: BankAccountTypeChecking, AccountClass: BankAccountClassBusiness}
		change(&d)
		return []PaymentAccountRequest{PaymentAccountACH(d)}
	}
	merchants := make([]MerchantDetails, 51)
	for i := range merchants {
		merchants[i].Name = "m"
	}
	for _, test := range []struct {
		operation string
		call      func(c *Client) error
		want      []string // every problem, in the text
	}{
		{"createTransfer", func(c *Client) error {
			return one(c.Transfers.Create(ctx, transfer(func(r *CreateTransferRequest) { r.Amount.Amount = 0 })))
		}, []string{"amount is zero", "minor units"}},
		{"createTransfer", func(c *Client) error {
			return one(c.Transfers.Create(ctx, transfer(func(r *CreateTransferRequest) { r.Amount.Amount = -1 })))
		}, []string{"amount.amount is negative"}},
		{"createTransfer", func(c *Client) error {
			return one(c.Transfers.Create(ctx, transfer(func(r *CreateTransferRequest) { r.Amount.Currency = "usd" })))
		}, []string{"amount.currency", "ISO 4217"}},
		{"createTransfer", func(c *Client) error {
			return one(c.Transfers.Create(ctx, transfer(func(r *CreateTransferRequest) { r.Description, r.ExternalMemo = "Café", strings.Repeat("x", 91) })))
		}, []string{"description holds 'é'", "ASCII only", "external_memo has 91 characters, it may have 90"}},
		{"createTransfer", func(c *Client) error {
			return one(c.Transfers.Create(ctx, transfer(func(r *CreateTransferRequest) {
				r.Counterparty, r.OriginatingAccount = Counterparty{}, OriginatingAccountCash("")
			})))
		}, []string{"counterparty is required", "originating_account.id is required"}},
		{"createIncomingTransfer", func(c *Client) error {
			return one(c.IncomingTransfers.Create(ctx, CreateIncomingTransferRequest{Counterparty: IncomingTransferCounterpartyBank("b1"), ReceivingAccount: ReceivingAccountCash("a1"), Description: "x"}))
		}, []string{"amount is zero"}},
		{"createVendor", func(c *Client) error { return one(c.Vendors.Create(ctx, CreateVendorRequest{})) }, []string{"company_name is required"}},
		{"createVendor", func(c *Client) error {
			return one(c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "Ünal", PaymentAccounts: ach(func(d *ACHDetails) { d.AccountType = "" })}))
		}, []string{"company_name holds 'Ü'", "payment_accounts[0].details.account_type is required"}},
		{"createVendor", func(c *Client) error {
			return one(c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "A", PaymentAccounts: ach(func(d *ACHDetails) { d.RoutingNumber = "12345" })}))
		}, []string{"payment_accounts[0].details.routing_number must have nine digits", "WithoutValidation"}},
		{"createVendor", func(c *Client) error {
			return one(c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "A", PaymentAccounts: ach(func(d *ACHDetails) { d.RoutingNumber = "21000021" })}))
		}, []string{"payment_accounts[0].details.routing_number must have nine digits", "drops a zero"}},
		{"createVendor", func(c *Client) error {
			return one(c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "A", PaymentAccounts: ach(func(d *ACHDetails) { d.RoutingNumber = "021000012" })}))
		}, []string{"payment_accounts[0].details.routing_number has a wrong check digit", "WithoutValidation"}},
		{"createVendor", func(c *Client) error {
			return one(c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "A", PaymentAccounts: ach(func(d *ACHDetails) { d.RoutingNumber = "000000000" })}))
		}, []string{"payment_accounts[0].details.routing_number has a wrong check digit"}},
		{"updateVendor", func(c *Client) error {
			return one(c.Vendors.Update(ctx, "v1", UpdateVendorRequest{PaymentAccounts: Set([]PaymentAccountRequest{
				PaymentAccountDomesticWire(DomesticWireDetails{RoutingNumber: "123456789", AccountNumber: NewSecret("1"), Address: PaymentAddress{Line1: "a", Country: "US"}})})}))
		}, []string{"payment_accounts[0].details.routing_number has a wrong check digit"}},
		{"createVendor", func(c *Client) error {
			return one(c.Vendors.Create(ctx, CreateVendorRequest{CompanyName: "A", PaymentAccounts: []PaymentAccountRequest{
				PaymentAccountCheque(ChequeDetails{RecipientName: strings.Repeat("x", 41), MailingAddress: PaymentAddress{City: "Zürich"}})}}))
		}, []string{"details.recipient_name has 41 characters, it may have 40", "mailing_address.city holds 'ü'"}},
		{"updateVendor", func(c *Client) error {
			return one(c.Vendors.Update(ctx, "v1", UpdateVendorRequest{PaymentAccounts: Set(ach(func(d *ACHDetails) { d.AccountNumber = Secret{} }))}))
		}, []string{"payment_accounts[0].details.account_number is required"}},
		{"createCard", func(c *Client) error {
			return one(c.Cards.Create(ctx, card(func(r *CreateCardRequest) { r.CardType = CardTypePhysical })))
		}, []string{"mailing_address is required for a physical card"}},
		{"createCard", func(c *Client) error {
			return one(c.Cards.Create(ctx, card(func(r *CreateCardRequest) { r.LimitType = CardLimitTypeCard })))
		}, []string{"spend_controls are required with limit_type CARD"}},
		{"createCard", func(c *Client) error {
			return one(c.Cards.Create(ctx, card(func(r *CreateCardRequest) {
				r.SpendControls = &SpendControlRequest{SpendLimit: usd, SpendDuration: SpendDurationMonthly, AllowedMerchantDetails: merchants}
			})))
		}, []string{"spend_controls do not go with limit_type USER", "allowed_merchant_details has 51 entries, one call takes 0 to 50"}},
		{"createCard", func(c *Client) error { return one(c.Cards.Create(ctx, CreateCardRequest{})) },
			[]string{"card_name is required", "card_type is required", "limit_type is required", "owner is required"}},
		{"updateCard", func(c *Client) error {
			return one(c.Cards.Update(ctx, "c1", UpdateCardRequest{SpendControls: Set(SpendControlUpdateRequest{SpendLimit: Set(Money{Amount: -5}), BlockedMerchantDetails: Set(merchants)})}))
		}, []string{"spend_controls.spend_limit.amount is negative", "blocked_merchant_details has 51"}},
		{"terminateCard", func(c *Client) error { return one(c.Cards.Terminate(ctx, "c1", TerminateCardRequest{})) }, []string{"reason is required"}},
		{"createSpendBudget", func(c *Client) error {
			return one(c.Budgets.Create(ctx, CreateBudgetRequest{Amount: Money{Amount: -1, Currency: "USD"}}))
		}, []string{"amount.amount is negative", "parent_budget_id is required"}},
		{"updateSpendBudget", func(c *Client) error {
			return one(c.Budgets.Update(ctx, "b1", UpdateBudgetRequest{Amount: Set(Money{Amount: -1, Currency: "USD"})}))
		}, []string{"amount.amount is negative"}},
		{"createSpendLimit", func(c *Client) error { return one(c.SpendLimits.Create(ctx, CreateSpendLimitRequest{Name: "é"})) },
			[]string{"name holds 'é'", "authorization_settings.authorization_type is required"}},
		{"updateSpendLimit", func(c *Client) error {
			return one(c.SpendLimits.Update(ctx, "l1", UpdateSpendLimitRequest{Name: Set("é")}))
		}, []string{"name holds 'é'"}},
		{"createBudget", func(c *Client) error {
			return one(c.SpendLimitsV1.Create(ctx, CreateSpendLimitV1Request{Limit: Money{Amount: -1, Currency: "USD"}}))
		}, []string{"limit.amount is negative", "name is required"}},
		{"updateBudget", func(c *Client) error {
			return one(c.SpendLimitsV1.Update(ctx, "b1", UpdateSpendLimitV1Request{Limit: Set(Money{Amount: -1, Currency: "USD"})}))
		}, []string{"limit.amount is negative"}},
		{"createBudgetProgram", func(c *Client) error {
			return one(c.BudgetPrograms.Create(ctx, CreateBudgetProgramRequest{}))
		}, []string{"budget_blueprints is required", "name is required"}},
		{"updateBudgetProgram", func(c *Client) error {
			return one(c.BudgetPrograms.Update(ctx, "p1", UpdateBudgetProgramRequest{Name: Set("é")}))
		}, []string{"name holds 'é'"}},
		{"lockCard", func(c *Client) error { return one(c.Cards.Lock(ctx, "c1", LockCardRequest{})) }, []string{"reason is required"}},
		{"emailCardNumber", func(c *Client) error {
			return c.Cards.EmailNumber(ctx, "c1", EmailCardNumberRequest{ExpiryDays: Ptr(31)})
		},
			[]string{"recipient_email is required", "expiry_days is 31"}},
		{"setUserLimit", func(c *Client) error {
			return one(c.Users.SetLimit(ctx, "u1", SetUserLimitRequest{MonthlyLimit: Set(Money{Amount: -1})}))
		}, []string{"monthly_limit.amount is negative"}},
		{"updateExpense", func(c *Client) error {
			return one(c.Expenses.Update(ctx, "e1", UpdateExpenseRequest{Memo: Set("naïve")}))
		},
			[]string{"memo holds 'ï'"}},
		{"createFieldValues", func(c *Client) error {
			return one(c.FieldValues.Create(ctx, "f1", CreateFieldValuesRequest{Items: slices.Repeat([]NewFieldValue{{Value: "v"}}, 1001)}))
		}, []string{"items has 1001 entries, one call takes 1 to 1000"}},
		{"createFieldValues", func(c *Client) error { return one(c.FieldValues.Create(ctx, "f1", CreateFieldValuesRequest{})) },
			[]string{"items is required", "items has 0 entries"}},
		{"updateFieldValues", func(c *Client) error {
			return one(c.FieldValues.Update(ctx, "f1", UpdateFieldValuesRequest{Items: []FieldValueUpdate{{}, FieldValueUpdateByValueID("", FieldValueChanges{})}}))
		}, []string{"items[0] names no value", "items[1] names no value"}},
		{"deleteFieldValues", func(c *Client) error {
			return c.FieldValues.Delete(ctx, "f1", DeleteFieldValuesRequest{Items: []FieldValueDeletion{FieldValueDeletionByRemoteID("")}})
		}, []string{"items[0].remote_id is required"}},
		{"reportAccountingExportResults", func(c *Client) error {
			return one(c.AccountingRecords.ReportExportResults(ctx, ReportExportResultsRequest{Results: []ExportResult{ExportResultSuccess("r1", ExportSuccessDetails{}), ExportResultFailure("r1", "x")}}))
		}, []string{"results[0] and results[1] are for the same record"}},
		{"reportAccountingExportResults", func(c *Client) error {
			return one(c.AccountingRecords.ReportExportResults(ctx, ReportExportResultsRequest{}))
		}, []string{"results is empty"}},
		{"createReferralRequest", func(c *Client) error {
			return one(c.Referrals.Create(ctx, CreateReferralRequest{ReferralCode: "C", Applicant: ReferralApplicant{FirstName: "A", LastName: "B", Email: "a@example.com"},
				Business: &ReferralBusiness{EmployerIdentificationNumber: "12-3456789"}}))
		}, []string{"business.employer_identification_number must have nine"}},
		{"createWebhookSubscription", func(c *Client) error {
			return one(c.Webhooks.Create(ctx, CreateWebhookRequest{URL: "https://a.example"}))
		}, []string{"event_types is empty"}},
		{"updateWebhookSubscription", func(c *Client) error { return one(c.Webhooks.Update(ctx, "w1", UpdateWebhookRequest{})) },
			[]string{"url is required", "status is required", "event_types is empty"}},
		{"addWebhookGroupMembers", func(c *Client) error { return c.WebhookGroups.AddMembers(ctx, "g1", AddWebhookGroupMembersRequest{}) },
			[]string{"members is empty"}},
		{"removeWebhookGroupMembers", func(c *Client) error {
			return c.WebhookGroups.RemoveMembers(ctx, "g1", RemoveWebhookGroupMembersRequest{Members: []WebhookGroupMemberRequest{{MemberID: "a1"}}})
		}, []string{"members[0].member_type is required"}},
		{"createUser", func(c *Client) error { return one(c.Users.Create(ctx, CreateUserRequest{FirstName: "José"})) },
			[]string{"first_name holds 'é'", "last_name is required", "email is required"}},
	} {
		sent := 0
		var body json.RawMessage
		hc := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			sent++
			body, _ = io.ReadAll(r.Body)
			return nil, errors.New("sent")
		})}
		c, err := New(WithToken("t"), WithLimiter(nil), WithHTTPClient(hc))
		require.NoError(t, err)
		err = test.call(c)
		var e *Error
		require.ErrorAs(t, err, &e, test.operation)
		require.ErrorIs(t, err, ErrUsage)
		require.Equal(t, test.operation, e.Operation)
		require.Equal(t, OutcomeNotSent, e.Outcome())
		require.Zero(t, e.Attempts)
		require.Zero(t, sent)
		for _, want := range test.want {
			require.ErrorContains(t, err, want)
		}
		require.NotContains(t, err.Error(), "\n")

		c, err = New(WithToken("t"), WithLimiter(nil), WithHTTPClient(hc), WithoutValidation(), WithRetryPolicy(RetryPolicy{MaxAttempts: 1}))
		require.NoError(t, err)
		require.NotErrorIs(t, test.call(c), ErrUsage, test.operation)
		require.Equal(t, 1, sent, "WithoutValidation sends it")

		c, err = New(WithToken("t"), WithLimiter(nil), WithHTTPClient(hc))
		require.NoError(t, err)
		params := map[string]any{"body": body}
		op, _ := LookupOperation(test.operation)
		for _, p := range op.PathParams {
			params[p.Name] = "id_1"
		}
		_, err = c.Call(ctx, test.operation, params)
		require.ErrorIs(t, err, ErrUsage, "the dynamic call has the same rules")
		require.Equal(t, 1, sent)
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// What is allowed although it looks odd.
func TestValidationLetsPass(t *testing.T) {
	client := newTestClient(t, nil)
	transfer := CreateTransferRequest{Counterparty: CounterpartyVendor("p1"), Amount: Money{Amount: 1}, OriginatingAccount: OriginatingAccountCash("a1")}
	tilde := transfer
	tilde.Description = "from ! to ~"
	for name, req := range map[string]struct {
		operation string
		body      any
	}{
		"no currency, no description, no memo": {"createTransfer", transfer},
		"the last character of ASCII":          {"createTransfer", tilde},
		"a cleared memo":                       {"updateExpense", UpdateExpenseRequest{Memo: Set("")}},
		"a memo set to null":                   {"updateExpense", UpdateExpenseRequest{Memo: Null[string]()}},
		"metadata and addresses are the caller's own": {"createUser",
			CreateUserRequest{FirstName: "A", LastName: "B", Email: "ä@example.com", Metadata: map[string]string{"ключ": "", "name": "é"}}},
		"a cleared limit": {"setUserLimit", SetUserLimitRequest{MonthlyLimit: Null[Money]()}},
	} {
		op, _ := LookupOperation(req.operation)
		raw := &wire.Request{Op: op, Path: []string{"id_1"}[:len(op.PathParams)], Body: req.body}
		k := &call{op: op, req: raw}
		require.NoError(t, k.encode(client.caller.cfg), name)
	}
	tilde.Description = "\x7f"
	require.ErrorContains(t, one(client.Transfers.Create(t.Context(), tilde)), `description holds '\x7f'; Brex takes ASCII only there`)
}

func one(_ any, err error) error { return err }
