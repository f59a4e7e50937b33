package brex

import (
	"encoding/json"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// rule is what is known of the body of an operation beyond its document.
type rule struct {
	whole bool // it creates or replaces something, see walk
	more  func(value any, body []byte) problems
}

var (
	wholeBody   = rule{whole: true}
	partialBody = rule{}
)

// and adds what is known of a request of type T. A body that was not made of a T, that of a dynamic
// call, is decoded into one.
func and[T any](r rule, more func(*problems, T)) rule {
	r.more = func(value any, body []byte) (p problems) {
		req, ok := value.(T)
		if !ok {
			if err := json.Unmarshal(body, &req); err != nil {
				return problems{decodeProblem(err, body, &req)}
			}
		}
		more(&p, req)
		return p
	}
	return r
}

// rules has one for every operation that takes a body.
var rules = map[*wire.Operation]rule{
	operations.AddWebhookGroupMembers:        and(wholeBody, checkAddMembers),
	operations.CreateBudget:                  wholeBody,
	operations.CreateBudgetProgram:           wholeBody,
	operations.CreateCard:                    and(wholeBody, checkCreateCard),
	operations.CreateDepartment:              wholeBody,
	operations.CreateField:                   wholeBody,
	operations.CreateFieldValues:             and(wholeBody, checkCreateFieldValues),
	operations.CreateIncomingTransfer:        and(wholeBody, checkIncomingTransfer),
	operations.CreateIntegration:             wholeBody,
	operations.CreateLocation:                wholeBody,
	operations.CreateReferral:                and(wholeBody, checkCreateReferral),
	operations.CreateSpendBudget:             wholeBody,
	operations.CreateSpendLimit:              wholeBody,
	operations.CreateTitle:                   wholeBody,
	operations.CreateTransfer:                and(wholeBody, checkTransfer),
	operations.CreateUser:                    wholeBody,
	operations.CreateVendor:                  and(wholeBody, checkCreateVendor),
	operations.CreateWebhookGroup:            wholeBody,
	operations.CreateWebhookSubscription:     and(wholeBody, checkCreateWebhook),
	operations.DeleteFieldValues:             and(wholeBody, checkDeleteFieldValues),
	operations.EmailCardNumber:               and(wholeBody, checkEmailCardNumber),
	operations.LockCard:                      wholeBody,
	operations.ProcessDelayedEINDocument:     wholeBody,
	operations.ReceiptMatch:                  wholeBody,
	operations.ReceiptUpload:                 wholeBody,
	operations.RemoveWebhookGroupMembers:     and(wholeBody, checkRemoveMembers),
	operations.ReportAccountingExportResults: and(wholeBody, checkExportResults),
	operations.SetUserLimit:                  partialBody,
	operations.TerminateCard:                 wholeBody,
	operations.UpdateBudget:                  partialBody,
	operations.UpdateBudgetProgram:           partialBody,
	operations.UpdateCard:                    and(partialBody, checkUpdateCard),
	operations.UpdateExpense:                 partialBody,
	operations.UpdateField:                   partialBody,
	operations.UpdateFieldValues:             and(partialBody, checkUpdateFieldValues),
	operations.UpdateSpendBudget:             partialBody,
	operations.UpdateSpendLimit:              partialBody,
	operations.UpdateUser:                    partialBody,
	operations.UpdateVendor:                  and(partialBody, checkUpdateVendor),
	operations.UpdateWebhookSubscription:     and(wholeBody, checkUpdateWebhook),
	operations.UploadReferralDocument:        wholeBody,
}
