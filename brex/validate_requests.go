package brex

import (
	"strconv"

	"github.com/brex-go/sdk/brex/money"
)

// Rules of single requests, on top of what walk checks.

const (
	maxFieldValues = 1000
	maxMerchants   = 50
	maxExpiryDays  = 30
)

func checkTransfer(p *problems, req CreateTransferRequest) {
	p.transferred(req.Amount)
}

func checkIncomingTransfer(p *problems, req CreateIncomingTransferRequest) {
	p.transferred(req.Amount)
}

// transferred checks an amount to be moved. Negative amounts are found by walk.
func (p *problems) transferred(m Money) {
	if m.Amount == 0 {
		p.addf("amount is zero; a transfer takes an amount above zero, in minor units (1250 is 12.50 USD)")
	}
	if m.Currency != "" && !isCurrencyCode(m.Currency) {
		p.addf("amount.currency is not an ISO 4217 code like USD; leave it out for USD")
	}
}

func isCurrencyCode(c money.Currency) bool {
	for _, r := range c {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(c) == 3
}

func checkCreateVendor(p *problems, req CreateVendorRequest) {
	p.paymentAccounts(req.PaymentAccounts)
}

func checkUpdateVendor(p *problems, req UpdateVendorRequest) {
	accounts, _ := req.PaymentAccounts.Get()
	p.paymentAccounts(accounts)
}

func (p *problems) paymentAccounts(accounts []PaymentAccountRequest) {
	for i, account := range accounts {
		var routing string
		switch d := account.Details.Value().(type) {
		case ACHDetails:
			routing = d.RoutingNumber
		case DomesticWireDetails:
			routing = d.RoutingNumber
		}
		switch {
		case routing == "":
		case !nineDigits(routing):
			p.addf("payment_accounts[%d].details.routing_number must have nine digits; a spreadsheet drops a zero at the front "+
				"(WithoutValidation sends it as it is)", i)
		case !routingChecksum(routing):
			p.addf("payment_accounts[%d].details.routing_number has a wrong check digit, so that some digit of it is wrong "+
				"(WithoutValidation sends it as it is)", i)
		}
	}
}

func nineDigits(s string) bool {
	_, err := strconv.ParseUint(s, 10, 64) // which takes no sign
	return err == nil && len(s) == 9
}

// routingChecksum says whether the nine digits of an ABA routing number add up, weighted with 3, 7
// and 1, to a multiple of ten.
func routingChecksum(digits string) bool {
	sum := 0
	for i, weight := range []int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += weight * int(digits[i]-'0')
	}
	return sum > 0 && sum%10 == 0
}

func checkCreateCard(p *problems, req CreateCardRequest) {
	if req.CardType == CardTypePhysical && (req.MailingAddress == nil || *req.MailingAddress == Address{}) {
		p.addf("mailing_address is required for a physical card")
	}
	switch {
	case req.LimitType == CardLimitTypeCard && req.SpendControls == nil:
		p.addf("spend_controls are required with limit_type CARD; for a card on its user's limit use USER")
	case req.LimitType == CardLimitTypeUser && req.SpendControls != nil:
		p.addf("spend_controls do not go with limit_type USER; for a card with a limit of its own use CARD")
	}
	if c := req.SpendControls; c != nil {
		p.count("spend_controls.allowed_merchant_details", len(c.AllowedMerchantDetails), 0, maxMerchants)
		p.count("spend_controls.blocked_merchant_details", len(c.BlockedMerchantDetails), 0, maxMerchants)
	}
}

func checkUpdateCard(p *problems, req UpdateCardRequest) {
	if c, ok := req.SpendControls.Get(); ok {
		allowed, _ := c.AllowedMerchantDetails.Get()
		blocked, _ := c.BlockedMerchantDetails.Get()
		p.count("spend_controls.allowed_merchant_details", len(allowed), 0, maxMerchants)
		p.count("spend_controls.blocked_merchant_details", len(blocked), 0, maxMerchants)
	}
}

func checkEmailCardNumber(p *problems, req EmailCardNumberRequest) {
	if req.RecipientEmail == "" {
		p.addf("recipient_email is required, or nobody receives the message")
	}
	if d := req.ExpiryDays; d != nil && (*d < 1 || *d > maxExpiryDays) {
		p.addf("expiry_days is %d, it may be 1 to %d", *d, maxExpiryDays)
	}
}

func checkCreateFieldValues(p *problems, req CreateFieldValuesRequest) {
	p.count("items", len(req.Items), 1, maxFieldValues)
}

func checkUpdateFieldValues(p *problems, req UpdateFieldValuesRequest) {
	p.count("items", len(req.Items), 1, maxFieldValues)
	for i, item := range req.Items {
		var id string
		switch u := item.Value().(type) {
		case UpdateFieldValueByBrexID:
			id = u.BrexID
		case UpdateFieldValueByValueID:
			id = u.ValueID
		case UpdateFieldValueByRemoteID:
			id = u.RemoteID
		}
		if id == "" {
			p.addf("items[%d] names no value; use FieldValueUpdateByBrexID, FieldValueUpdateByValueID or FieldValueUpdateByRemoteID", i)
		}
	}
}

func checkDeleteFieldValues(p *problems, req DeleteFieldValuesRequest) {
	p.count("items", len(req.Items), 1, maxFieldValues)
}

func checkExportResults(p *problems, req ReportExportResultsRequest) {
	if len(req.Results) == 0 {
		p.addf("results is empty; give one result for each record")
	}
	seen := map[string]int{}
	for i, result := range req.Results {
		var id string
		if r, ok := result.AsSuccessfulExportResult(); ok {
			id = r.AccountingRecordID
		} else if r, ok := result.AsFailedExportResult(); ok {
			id = r.AccountingRecordID
		}
		if first, twice := seen[id]; twice && id != "" {
			p.addf("results[%d] and results[%d] are for the same record, which fails the whole call", first, i)
		}
		seen[id] = i
	}
}

func checkCreateReferral(p *problems, req CreateReferralRequest) {
	if b := req.Business; b != nil && b.EmployerIdentificationNumber != "" && len(b.EmployerIdentificationNumber) != 9 {
		p.addf("business.employer_identification_number must have nine characters, without the hyphen")
	}
}

func checkCreateWebhook(p *problems, req CreateWebhookRequest) {
	if len(req.EventTypes) == 0 {
		p.addf("event_types is empty, so nothing would be delivered")
	}
}

func checkUpdateWebhook(p *problems, req UpdateWebhookRequest) {
	if len(req.EventTypes) == 0 {
		p.addf("event_types is empty, so nothing would be delivered; to pause, set status to INACTIVE")
	}
}

func checkAddMembers(p *problems, req AddWebhookGroupMembersRequest) {
	if len(req.Members) == 0 {
		p.addf("members is empty")
	}
}

func checkRemoveMembers(p *problems, req RemoveWebhookGroupMembersRequest) {
	if len(req.Members) == 0 {
		p.addf("members is empty")
	}
}
