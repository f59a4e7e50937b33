package brex

import (
	"encoding/json"

	"github.com/brex-go/sdk/brex/wire"
	"github.com/brex-go/sdk/gen/operations"
)

// rule is what is known of the body of an operation beyond its document.
type rule struct {
	typed func(req any) problems
	json  func(body []byte) problems // of dynamic calls
}

func on[T any](check func(T) problems) rule {
	return rule{
		func(req any) problems { return check(req.(T)) },
		func(body []byte) problems {
			var req T
			if err := json.Unmarshal(body, &req); err != nil {
				return problems{decodeProblem(err, body, &req)}
			}
			return check(req)
		},
	}
}

// rules has one for every operation that takes a body.
var rules = map[*wire.Operation]rule{
	operations.AddWebhookGroupMembers:        on(checkAddMembers),
	operations.CreateBudget:                  on(checkWhole[CreateSpendLimitV1Request]),
	operations.CreateBudgetProgram:           on(checkWhole[CreateBudgetProgramRequest]),
	operations.CreateCard:                    on(checkCreateCard),
	operations.CreateDepartment:              on(checkWhole[CreateDepartmentRequest]),
	operations.CreateField:                   on(checkWhole[CreateFieldRequest]),
	operations.CreateFieldValues:             on(checkCreateFieldValues),
	operations.CreateIncomingTransfer:        on(checkIncomingTransfer),
	operations.CreateIntegration:             on(checkWhole[CreateAccountingIntegrationRequest]),
	operations.CreateLocation:                on(checkWhole[CreateLocationRequest]),
	operations.CreateReferral:                on(checkCreateReferral),
	operations.CreateSpendBudget:             on(checkWhole[CreateBudgetRequest]),
	operations.CreateSpendLimit:              on(checkWhole[CreateSpendLimitRequest]),
	operations.CreateTitle:                   on(checkWhole[CreateTitleRequest]),
	operations.CreateTransfer:                on(checkTransfer),
	operations.CreateUser:                    on(checkWhole[CreateUserRequest]),
	operations.CreateVendor:                  on(checkCreateVendor),
	operations.CreateWebhookGroup:            on(checkWhole[CreateWebhookGroupRequest]),
	operations.CreateWebhookSubscription:     on(checkCreateWebhook),
	operations.DeleteFieldValues:             on(checkDeleteFieldValues),
	operations.EmailCardNumber:               on(checkEmailCardNumber),
	operations.LockCard:                      on(checkWhole[LockCardRequest]),
	operations.ProcessDelayedEINDocument:     on(checkWhole[ProcessEINDocumentRequest]),
	operations.ReceiptMatch:                  on(checkWhole[ReceiptMatchRequest]),
	operations.ReceiptUpload:                 on(checkWhole[ReceiptUploadRequest]),
	operations.RemoveWebhookGroupMembers:     on(checkRemoveMembers),
	operations.ReportAccountingExportResults: on(checkExportResults),
	operations.SetUserLimit:                  on(checkPartial[SetUserLimitRequest]),
	operations.TerminateCard:                 on(checkWhole[TerminateCardRequest]),
	operations.UpdateBudget:                  on(checkPartial[UpdateSpendLimitV1Request]),
	operations.UpdateBudgetProgram:           on(checkPartial[UpdateBudgetProgramRequest]),
	operations.UpdateCard:                    on(checkUpdateCard),
	operations.UpdateExpense:                 on(checkPartial[UpdateExpenseRequest]),
	operations.UpdateField:                   on(checkPartial[UpdateFieldRequest]),
	operations.UpdateFieldValues:             on(checkUpdateFieldValues),
	operations.UpdateSpendBudget:             on(checkPartial[UpdateBudgetRequest]),
	operations.UpdateSpendLimit:              on(checkPartial[UpdateSpendLimitRequest]),
	operations.UpdateUser:                    on(checkPartial[UpdateUserRequest]),
	operations.UpdateVendor:                  on(checkUpdateVendor),
	operations.UpdateWebhookSubscription:     on(checkUpdateWebhook),
	operations.UploadReferralDocument:        on(checkWhole[CreateReferralDocumentRequest]),
}
