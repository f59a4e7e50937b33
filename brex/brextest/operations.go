package brextest

// keyRule says what an operation's document says about Idempotency-Key.
type keyRule uint8

const (
	keyNone keyRule = iota
	keyOptional
	keyRequired
)

// operation is one row of the interface.
type operation struct {
	api, method, path, id string
	key                   keyRule
	scopes                []string // any of these is enough; none: any valid token
	request               func() request
	serve                 serveFunc
}

// catalogue is every operation that Brex publishes, so that an operation the
// sandbox does not model is told apart from a path that does not exist.
// A test holds it against openapi/.
func catalogue() []operation {
	return []operation{
		{api: "accounting", method: "POST", path: "/v3/accounting/integration", id: "createIntegration", key: keyNone, scopes: []string{"accounting.integration.write"}},
		{api: "accounting", method: "POST", path: "/v3/accounting/integration/{integration_id}/disconnect", id: "disconnectIntegration", key: keyNone, scopes: []string{"accounting.integration.write"}},
		{api: "accounting", method: "POST", path: "/v3/accounting/integration/{integration_id}/reactivate", id: "reactivateIntegration", key: keyNone, scopes: []string{"accounting.integration.write"}},
		{api: "accounting", method: "GET", path: "/v3/accounting/records", id: "queryAccountingRecords", key: keyNone, scopes: []string{"accounting.record.read", "accounting.record.write"}},
		{api: "accounting", method: "POST", path: "/v3/accounting/records/export-results", id: "reportAccountingExportResults", key: keyNone, scopes: []string{"accounting.record.write"}},
		{api: "accounting", method: "GET", path: "/v3/accounting/records/{record_id}", id: "getAccountingRecord", key: keyNone, scopes: []string{"accounting.record.read", "accounting.record.write"}},
		{api: "budgets", method: "GET", path: "/v1/budget_programs", id: "listBudgetPrograms", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "POST", path: "/v1/budget_programs", id: "createBudgetProgram", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v1/budget_programs/{id}", id: "getBudgetProgramById", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "PUT", path: "/v1/budget_programs/{id}", id: "updateBudgetProgram", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "DELETE", path: "/v1/budget_programs/{id}", id: "deleteBudgetProgram", key: keyNone, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v1/budgets", id: "listBudgets", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "POST", path: "/v1/budgets", id: "createBudget", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v1/budgets/{id}", id: "getBudgetById", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "PUT", path: "/v1/budgets/{id}", id: "updateBudget", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "POST", path: "/v1/budgets/{id}/archive", id: "archiveBudget", key: keyNone, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v2/budgets", id: "listSpendBudgets", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "POST", path: "/v2/budgets", id: "createSpendBudget", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v2/budgets/{id}", id: "getSpendBudgetById", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "PUT", path: "/v2/budgets/{id}", id: "updateSpendBudget", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "POST", path: "/v2/budgets/{id}/archive", id: "archiveSpendBudget", key: keyNone, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v2/spend_limits", id: "listSpendLimits", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "POST", path: "/v2/spend_limits", id: "createSpendLimit", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "GET", path: "/v2/spend_limits/{id}", id: "getSpendLimitById", key: keyNone, scopes: []string{"budgets", "budgets.readonly"}},
		{api: "budgets", method: "PUT", path: "/v2/spend_limits/{id}", id: "updateSpendLimit", key: keyRequired, scopes: []string{"budgets"}},
		{api: "budgets", method: "POST", path: "/v2/spend_limits/{id}/archive", id: "archiveSpendLimit", key: keyNone, scopes: []string{"budgets"}},
		{api: "expenses", method: "GET", path: "/v1/expenses", id: "listExpenses", key: keyNone, scopes: []string{"expenses.card", "expenses.card.readonly"}},
		{api: "expenses", method: "GET", path: "/v1/expenses/card", id: "listExpenses_1", key: keyNone, scopes: []string{"expenses.card", "expenses.card.readonly"}},
		{api: "expenses", method: "POST", path: "/v1/expenses/card/receipt_match", id: "receiptMatch", key: keyNone, scopes: nil},
		{api: "expenses", method: "GET", path: "/v1/expenses/card/{expense_id}", id: "getCardExpense", key: keyNone, scopes: []string{"expenses.card", "expenses.card.readonly"}},
		{api: "expenses", method: "PUT", path: "/v1/expenses/card/{expense_id}", id: "updateExpense", key: keyNone, scopes: []string{"expenses.card"}},
		{api: "expenses", method: "POST", path: "/v1/expenses/card/{expense_id}/receipt_upload", id: "receiptUpload", key: keyNone, scopes: nil},
		{api: "expenses", method: "GET", path: "/v1/expenses/{id}", id: "getExpense", key: keyNone, scopes: []string{"expenses.card", "expenses.card.readonly"}},
		{api: "fields", method: "GET", path: "/v1/fields", id: "listFields", key: keyNone, scopes: []string{"fields.read", "fields.write"}},
		{api: "fields", method: "POST", path: "/v1/fields", id: "createField", key: keyRequired, scopes: []string{"fields.write"}},
		{api: "fields", method: "GET", path: "/v1/fields/{field_id}/values", id: "listFieldValues", key: keyNone, scopes: []string{"field_values.read", "field_values.write"}},
		{api: "fields", method: "PUT", path: "/v1/fields/{field_id}/values", id: "updateFieldValues", key: keyNone, scopes: []string{"field_values.write"}},
		{api: "fields", method: "POST", path: "/v1/fields/{field_id}/values", id: "createFieldValues", key: keyRequired, scopes: []string{"field_values.write"}},
		{api: "fields", method: "DELETE", path: "/v1/fields/{field_id}/values", id: "deleteFieldValues", key: keyNone, scopes: []string{"fields.write"}},
		{api: "fields", method: "GET", path: "/v1/fields/{field_id}/values/{brex_id}", id: "getFieldValueById", key: keyNone, scopes: []string{"field_values.read", "field_values.write"}},
		{api: "fields", method: "GET", path: "/v1/fields/{id}", id: "getFieldById", key: keyNone, scopes: []string{"fields.read", "fields.write"}},
		{api: "fields", method: "PUT", path: "/v1/fields/{id}", id: "updateField", key: keyNone, scopes: []string{"fields.write"}},
		{api: "fields", method: "DELETE", path: "/v1/fields/{id}", id: "deleteField", key: keyNone, scopes: []string{"fields.write"}},
		{api: "onboarding", method: "GET", path: "/v1/referrals", id: "listReferrals", key: keyNone, scopes: []string{"https://onboarding.brexapis.com/referrals"}},
		{api: "onboarding", method: "POST", path: "/v1/referrals", id: "createReferralRequest", key: keyNone, scopes: []string{"https://onboarding.brexapis.com/referrals"}},
		{api: "onboarding", method: "GET", path: "/v1/referrals/{id}", id: "getReferral", key: keyNone, scopes: []string{"https://onboarding.brexapis.com/referrals"}},
		{api: "onboarding", method: "POST", path: "/v1/referrals/{id}/document_upload", id: "createDocument", key: keyNone, scopes: []string{"https://onboarding.brexapis.com/referrals"}},
		{api: "onboarding", method: "POST", path: "/v1/referrals/{id}/process_ein_document", id: "processDelayedEINDocument", key: keyNone, scopes: []string{"https://onboarding.brexapis.com/referrals"}},
		{api: "payments", method: "POST", path: "/v1/incoming_transfers", id: "createIncomingTransfer", key: keyRequired, scopes: []string{"incoming_transfers"}},
		{api: "payments", method: "GET", path: "/v1/linked_accounts", id: "listLinkedAccounts", key: keyNone, scopes: []string{"linked_accounts.readonly"}},
		{api: "payments", method: "GET", path: "/v1/transfers", id: "listTransfers", key: keyNone, scopes: []string{"incoming_transfers", "transfers.readonly"}},
		{api: "payments", method: "POST", path: "/v1/transfers", id: "createTransfer", key: keyRequired, scopes: []string{"transfers"}},
		{api: "payments", method: "GET", path: "/v1/transfers/{id}", id: "getTransfersById", key: keyNone, scopes: []string{"incoming_transfers", "transfers.readonly"}},
		{api: "payments", method: "GET", path: "/v1/vendors", id: "listVendors", key: keyNone, scopes: []string{"vendors.readonly"}},
		{api: "payments", method: "POST", path: "/v1/vendors", id: "createVendor", key: keyRequired, scopes: []string{"vendors"}},
		{api: "payments", method: "GET", path: "/v1/vendors/{id}", id: "getVendorById", key: keyNone, scopes: []string{"vendors.readonly"}},
		{api: "payments", method: "PUT", path: "/v1/vendors/{id}", id: "updateVendor", key: keyOptional, scopes: []string{"vendors"}},
		{api: "payments", method: "DELETE", path: "/v1/vendors/{id}", id: "deleteVendor", key: keyNone, scopes: []string{"vendors"}},
		{api: "team", method: "GET", path: "/v2/cards", id: "listCardsByUserId", key: keyNone, scopes: []string{"cards", "cards.readonly"}},
		{api: "team", method: "POST", path: "/v2/cards", id: "createCard", key: keyRequired, scopes: []string{"cards"}},
		{api: "team", method: "GET", path: "/v2/cards/{id}", id: "getCardById", key: keyNone, scopes: []string{"cards", "cards.readonly"}},
		{api: "team", method: "PUT", path: "/v2/cards/{id}", id: "updateCard", key: keyOptional, scopes: []string{"cards"}},
		{api: "team", method: "POST", path: "/v2/cards/{id}/lock", id: "lockCard", key: keyOptional, scopes: []string{"cards"}},
		{api: "team", method: "GET", path: "/v2/cards/{id}/pan", id: "getCardNumber", key: keyNone, scopes: []string{"cards.pan"}},
		{api: "team", method: "POST", path: "/v2/cards/{id}/secure_email", id: "emailCardNumber", key: keyRequired, scopes: []string{"cards.pan"}},
		{api: "team", method: "POST", path: "/v2/cards/{id}/terminate", id: "terminateCard", key: keyOptional, scopes: []string{"cards"}},
		{api: "team", method: "POST", path: "/v2/cards/{id}/unlock", id: "unlockCard", key: keyOptional, scopes: []string{"cards"}},
		{api: "team", method: "GET", path: "/v2/company", id: "getCompany", key: keyNone, scopes: []string{"companies.readonly"}},
		{api: "team", method: "GET", path: "/v2/departments", id: "listDepartments", key: keyNone, scopes: []string{"departments", "departments.readonly"}},
		{api: "team", method: "POST", path: "/v2/departments", id: "createDepartment", key: keyOptional, scopes: []string{"departments"}},
		{api: "team", method: "GET", path: "/v2/departments/{id}", id: "getDepartmentById", key: keyNone, scopes: []string{"departments", "departments.readonly"}},
		{api: "team", method: "GET", path: "/v2/legal_entities", id: "listLegalEntities", key: keyNone, scopes: []string{"legal_entities", "legal_entities.readonly"}},
		{api: "team", method: "GET", path: "/v2/legal_entities/{id}", id: "getLegalEntity", key: keyNone, scopes: []string{"legal_entities", "legal_entities.readonly"}},
		{api: "team", method: "GET", path: "/v2/locations", id: "listLocations", key: keyNone, scopes: []string{"locations", "locations.readonly"}},
		{api: "team", method: "POST", path: "/v2/locations", id: "createLocation", key: keyOptional, scopes: []string{"locations"}},
		{api: "team", method: "GET", path: "/v2/locations/{id}", id: "getLocationById", key: keyNone, scopes: []string{"locations", "locations.readonly"}},
		{api: "team", method: "GET", path: "/v2/titles", id: "listTitles", key: keyNone, scopes: []string{"titles", "titles.readonly"}},
		{api: "team", method: "POST", path: "/v2/titles", id: "createTitle", key: keyOptional, scopes: []string{"titles"}},
		{api: "team", method: "GET", path: "/v2/titles/{id}", id: "getTitleById", key: keyNone, scopes: []string{"titles", "titles.readonly"}},
		{api: "team", method: "GET", path: "/v2/users", id: "listUsers", key: keyNone, scopes: []string{"users", "users.readonly"}},
		{api: "team", method: "POST", path: "/v2/users", id: "createUser", key: keyOptional, scopes: []string{"users"}},
		{api: "team", method: "GET", path: "/v2/users/me", id: "getMe", key: keyNone, scopes: []string{"users", "users.readonly"}},
		{api: "team", method: "GET", path: "/v2/users/{id}", id: "getUserById", key: keyNone, scopes: []string{"users", "users.readonly"}},
		{api: "team", method: "PUT", path: "/v2/users/{id}", id: "updateUser", key: keyOptional, scopes: []string{"users"}},
		{api: "team", method: "GET", path: "/v2/users/{id}/limit", id: "getUserLimit", key: keyNone, scopes: []string{"users", "users.readonly"}},
		{api: "team", method: "POST", path: "/v2/users/{id}/limit", id: "setUserLimit", key: keyOptional, scopes: []string{"users"}},
		{api: "transactions", method: "GET", path: "/v2/accounts/card", id: "listCardAccounts", key: keyNone, scopes: []string{"accounts.card.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/accounts/card/primary/statements", id: "listPrimaryCardStatements", key: keyNone, scopes: []string{"statements.card.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/accounts/cash", id: "listAccounts", key: keyNone, scopes: []string{"accounts.cash.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/accounts/cash/primary", id: "getPrimaryAccount", key: keyNone, scopes: []string{"accounts.cash.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/accounts/cash/{id}", id: "getAccount", key: keyNone, scopes: []string{"accounts.cash.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/accounts/cash/{id}/statements", id: "listCashStatements", key: keyNone, scopes: []string{"statements.cash.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/transactions/card/primary", id: "listPrimaryCardTransactions", key: keyNone, scopes: []string{"transactions.card.readonly"}},
		{api: "transactions", method: "GET", path: "/v2/transactions/cash/{id}", id: "listCashTransactions", key: keyNone, scopes: []string{"transactions.cash.readonly"}},
		{api: "travel", method: "GET", path: "/v1/trips", id: "listTrips", key: keyNone, scopes: []string{"travel.trips", "travel.trips.readonly"}},
		{api: "travel", method: "GET", path: "/v1/trips/{trip_id}", id: "getTrip", key: keyNone, scopes: []string{"travel.trips", "travel.trips.readonly"}},
		{api: "travel", method: "GET", path: "/v1/trips/{trip_id}/bookings", id: "listTripBookings", key: keyNone, scopes: []string{"travel.trips", "travel.trips.readonly"}},
		{api: "travel", method: "GET", path: "/v1/trips/{trip_id}/bookings/{booking_id}", id: "getBooking", key: keyNone, scopes: []string{"travel.trips", "travel.trips.readonly"}},
		{api: "webhooks", method: "GET", path: "/v1/webhooks", id: "listWebhookSubscriptions", key: keyNone, scopes: nil},
		{api: "webhooks", method: "POST", path: "/v1/webhooks", id: "createWebhookSubscription", key: keyRequired, scopes: nil},
		{api: "webhooks", method: "GET", path: "/v1/webhooks/groups", id: "listWebhookGroups", key: keyNone, scopes: nil},
		{api: "webhooks", method: "POST", path: "/v1/webhooks/groups", id: "createWebhookGroup", key: keyRequired, scopes: nil},
		{api: "webhooks", method: "GET", path: "/v1/webhooks/groups/{id}", id: "getWebhookGroup", key: keyNone, scopes: nil},
		{api: "webhooks", method: "DELETE", path: "/v1/webhooks/groups/{id}", id: "deleteWebhookGroup", key: keyNone, scopes: nil},
		{api: "webhooks", method: "POST", path: "/v1/webhooks/groups/{id}/add_members", id: "addWebhookGroupMembers", key: keyNone, scopes: nil},
		{api: "webhooks", method: "GET", path: "/v1/webhooks/groups/{id}/members", id: "listWebhookGroupMembers", key: keyNone, scopes: nil},
		{api: "webhooks", method: "POST", path: "/v1/webhooks/groups/{id}/remove_members", id: "removeWebhookGroupMembers", key: keyNone, scopes: nil},
		{api: "webhooks", method: "GET", path: "/v1/webhooks/secrets", id: "listWebhookSecrets", key: keyNone, scopes: nil},
		{api: "webhooks", method: "GET", path: "/v1/webhooks/{id}", id: "getWebhookSubscription", key: keyNone, scopes: nil},
		{api: "webhooks", method: "PUT", path: "/v1/webhooks/{id}", id: "updateWebhookSubscription", key: keyNone, scopes: nil},
		{api: "webhooks", method: "DELETE", path: "/v1/webhooks/{id}", id: "deleteWebhookSubscription", key: keyNone, scopes: nil},
	}
}
