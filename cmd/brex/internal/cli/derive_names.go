package cli

import (
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
)

// nouns are the commands of tags that are not named like their service in the SDK.
var nouns = map[string]string{
	"Companies":             "company",
	"Spend Limits (v1)":     "spend-limits-v1",
	"Spend Limits (v2)":     "spend-limits",
	"Card Expenses":         "expenses",
	"Receipt Match":         "receipts",
	"Receipt Upload":        "receipts",
	"Webhook Subscriptions": "webhooks",
}

// commandNames are the commands of operations whose path says something else, or too little.
var commandNames = map[string]string{
	"createIncomingTransfer":        "incoming-transfers create",
	"listPrimaryCardStatements":     "statements list-card",
	"listCashStatements":            "statements list-cash",
	"listAccounts":                  "accounts list-cash",
	"listCardAccounts":              "accounts list-card",
	"getPrimaryAccount":             "accounts primary",
	"listTripBookings":              "bookings list",
	"getBooking":                    "bookings get",
	"listExpenses_1":                "expenses list-card",
	"getCardExpense":                "expenses get-card",
	"receiptMatch":                  "receipts create-match",
	"receiptUpload":                 "receipts create-upload",
	"getMe":                         "users me",
	"getUserLimit":                  "users limit",
	"setUserLimit":                  "users set-limit",
	"getCardNumber":                 "cards number",
	"emailCardNumber":               "cards email-number",
	"createDocument":                "referrals create-document",
	"processDelayedEINDocument":     "referrals process-ein-document",
	"reportAccountingExportResults": "accounting-records report-export-results",
	"listPrimaryCardTransactions":   "transactions list-card",
	"listCashTransactions":          "transactions list-cash",
	"listWebhookSecrets":            "webhooks secrets",
	"listWebhookGroupMembers":       "webhook-groups list-members",
}

// nounShorts say what a noun is about.
var nounShorts = map[string]string{
	"accounting-integrations": "Accounting systems connected to Brex",
	"accounting-records":      "Records to export to an accounting system",
	"accounts":                "Cash and card accounts",
	"bookings":                "Bookings of a trip",
	"budget-programs":         "Budget programs",
	"budgets":                 "Budgets",
	"cards":                   "Cards",
	"company":                 "The company that the token belongs to",
	"departments":             "Departments",
	"expenses":                "Expenses",
	"field-values":            "Values of custom fields",
	"fields":                  "Custom fields",
	"incoming-transfers":      "Money pulled from linked accounts",
	"legal-entities":          "Legal entities of the company",
	"linked-accounts":         "Accounts at other banks",
	"locations":               "Locations",
	"receipts":                "Receipts of card expenses",
	"referrals":               "Referrals of new customers",
	"spend-limits":            "Spend limits",
	"spend-limits-v1":         "Spend limits by the old API (deprecated)",
	"statements":              "Statements of cash and card accounts",
	"titles":                  "Job titles",
	"transactions":            "Settled transactions of the cards or of a cash account",
	"transfers":               "Money sent from cash accounts",
	"trips":                   "Trips",
	"users":                   "People of the company",
	"vendors":                 "Vendors that transfers go to",
	"webhook-groups":          "Groups of companies that share webhooks",
	"webhooks":                "Webhook subscriptions and events",
}

// commandName is the noun and the verb of an operation's command.
func commandName(op *brex.Operation) (noun, verb string) {
	if name, ok := commandNames[op.ID]; ok {
		noun, verb, _ = strings.Cut(name, " ")
		return noun, verb
	}
	noun, ok := nouns[op.Tag]
	if !ok {
		noun = strings.ReplaceAll(strings.ToLower(op.Tag), " ", "-")
	}
	return noun, verbOf(op)
}

// verbOf reads the verb out of method and path: the last word of the path where it is an action on one object.
func verbOf(op *brex.Operation) string {
	last := op.Path[strings.LastIndex(op.Path, "/")+1:]
	onObject := strings.HasPrefix(last, "{")
	switch {
	case op.List != "":
		return "list"
	case op.Method == "PUT":
		return "update"
	case op.Method == "DELETE":
		return "delete"
	case op.Method == "POST" && len(op.PathParams) > 0 && !onObject && last != "values":
		return strings.ReplaceAll(last, "_", "-")
	case op.Method == "POST":
		return "create"
	}
	return "get"
}

// nounWords are the kinds of objects that parameters and members name by id, by the last words of their names.
var nounWords = map[string]string{
	"user": "users", "manager": "users", "department": "departments", "location": "locations", "title": "titles",
	"legal_entity": "legal-entities", "vendor": "vendors", "card": "cards", "field": "fields", "budget_program": "budget-programs",
}

// namedBy is the kind of object that a parameter or member of an operation names, or "" where only an id will do.
func namedBy(op *brex.Operation, name string) string {
	noun, _ := commandName(op)
	if name == "id" {
		switch {
		case op.Tag == "Accounts" || op.ID == "listCashTransactions":
			return "accounts"
		case kinds[noun].list != nil:
			return noun
		}
		return ""
	}
	name = strings.TrimSuffix(name, "[]")
	base, ok := strings.CutSuffix(strings.TrimSuffix(name, "s"), "_id")
	if !ok {
		return ""
	}
	for words, kind := range nounWords {
		if base == words || strings.HasSuffix(base, "_"+words) {
			return kind
		}
	}
	return ""
}

// isID reports whether a parameter or member holds ids.
func isID(p wire.Param) bool {
	name := strings.TrimSuffix(strings.TrimSuffix(p.Name, "[]"), "s")
	return name == "id" || strings.HasSuffix(name, "_id")
}
