package brextest

// models says how each operation that the sandbox models is served. What is
// missing here responds with 501.
func (h *Handler) models() map[string]serveFunc {
	m := map[string]serveFunc{}
	h.expenseModels(m)
	h.accountModels(m)
	h.transactionModels(m)
	h.userModels(m)
	h.cardModels(m)
	h.teamModels(m)
	h.vendorModels(m)
	h.transferModels(m)
	h.webhookModels(m)
	h.budgetModels(m)
	h.fieldModels(m)
	h.travelModels(m)
	h.receiptModels(m)
	h.onboardingModels(m)
	h.accountingModels(m)
	return m
}
