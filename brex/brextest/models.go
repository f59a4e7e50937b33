package brextest

// models says how each operation that the sandbox models is served. What is
// missing here answers 501.
func (h *Handler) models() map[string]model {
	m := map[string]model{}
	h.expenseModels(m)
	h.accountModels(m)
	h.transactionModels(m)
	h.userModels(m)
	h.cardModels(m)
	h.teamModels(m)
	h.vendorModels(m)
	h.transferModels(m)
	return m
}
