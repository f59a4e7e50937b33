package brex

import "github.com/brex-go/sdk/gen/budgets"

// Values of AuthorizationType that are documented. Brex may answer others, which are kept as they are.
const (
	AuthorizationTypeHard = budgets.AuthorizationTypeHard
	AuthorizationTypeSoft = budgets.AuthorizationTypeSoft
)

// Values of AuthorizationVisibility that are documented. Brex may answer others, which are kept as they are.
const (
	AuthorizationVisibilityPrivate = budgets.AuthorizationVisibilityPrivate
	AuthorizationVisibilityPublic  = budgets.AuthorizationVisibilityPublic
)

// Values of AutoCreateLimitCardsSetting that are documented. Brex may answer others, which are kept as they are.
const (
	AutoCreateLimitCardsSettingAllMembers = budgets.AutoCreateLimitCardsSettingAllMembers
	AutoCreateLimitCardsSettingDisabled   = budgets.AutoCreateLimitCardsSettingDisabled
)

// Values of AutoTransferCardsSetting that are documented. Brex may answer others, which are kept as they are.
const (
	AutoTransferCardsSettingDisabled = budgets.AutoTransferCardsSettingDisabled
	AutoTransferCardsSettingEnabled  = budgets.AutoTransferCardsSettingEnabled
)

// Values of BudgetLimitType that are documented. Brex may answer others, which are kept as they are.
const (
	BudgetLimitTypeHard = budgets.LimitTypeHard
	BudgetLimitTypeSoft = budgets.LimitTypeSoft
)

// Values of BudgetLimitVisibilityType that are documented. Brex may answer others, which are kept as they are.
const (
	BudgetLimitVisibilityTypePrivate = budgets.BudgetLimitVisibilityTypePrivate
	BudgetLimitVisibilityTypeShared  = budgets.BudgetLimitVisibilityTypeShared
)

// Values of BudgetPeriodRecurrenceType that are documented. Brex may answer others, which are kept as they are.
const (
	BudgetPeriodRecurrenceTypeMonthly   = budgets.BudgetPeriodRecurrenceTypeMonthly
	BudgetPeriodRecurrenceTypeOneTime   = budgets.BudgetPeriodRecurrenceTypeOneTime
	BudgetPeriodRecurrenceTypeQuarterly = budgets.BudgetPeriodRecurrenceTypeQuarterly
	BudgetPeriodRecurrenceTypeYearly    = budgets.BudgetPeriodRecurrenceTypeYearly
)

// Values of BudgetPeriodType that are documented. Brex may answer others, which are kept as they are.
const (
	BudgetPeriodTypeMonthly   = budgets.PeriodTypeMonthly
	BudgetPeriodTypeOneTime   = budgets.PeriodTypeOneTime
	BudgetPeriodTypeQuarterly = budgets.PeriodTypeQuarterly
	BudgetPeriodTypeWeekly    = budgets.PeriodTypeWeekly
	BudgetPeriodTypeYearly    = budgets.PeriodTypeYearly
)

// Values of BudgetProgramStatus that are documented. Brex may answer others, which are kept as they are.
const (
	BudgetProgramStatusActive   = budgets.BudgetProgramStatusBudgetProgramStatusActive
	BudgetProgramStatusDeleted  = budgets.BudgetProgramStatusBudgetProgramStatusDeleted
	BudgetProgramStatusInactive = budgets.BudgetProgramStatusBudgetProgramStatusInactive
)

// Values of EmploymentStatus that are documented. Brex may answer others, which are kept as they are.
const (
	EmploymentStatusActive   = budgets.EmploymentStatusEmploymentStatusActive
	EmploymentStatusInactive = budgets.EmploymentStatusEmploymentStatusInactive
	EmploymentStatusPending  = budgets.EmploymentStatusEmploymentStatusPending
)

// Values of EmploymentType that are documented. Brex may answer others, which are kept as they are.
const (
	EmploymentTypeContractor = budgets.EmploymentTypeEmploymentTypeContractor
	EmploymentTypeFreelance  = budgets.EmploymentTypeEmploymentTypeFreelance
	EmploymentTypeFullTime   = budgets.EmploymentTypeEmploymentTypeFullTime
	EmploymentTypeIntern     = budgets.EmploymentTypeEmploymentTypeIntern
	EmploymentTypePartTime   = budgets.EmploymentTypeEmploymentTypePartTime
)

// Values of ExpenseVisibility that are documented. Brex may answer others, which are kept as they are.
const (
	ExpenseVisibilityPrivate = budgets.ExpenseVisibilityPrivate
	ExpenseVisibilityShared  = budgets.ExpenseVisibilityShared
)

// Values of LimitIncreaseSetting that are documented. Brex may answer others, which are kept as they are.
const (
	LimitIncreaseSettingDisabled = budgets.LimitIncreaseSettingDisabled
	LimitIncreaseSettingEnabled  = budgets.LimitIncreaseSettingEnabled
)

// Values of RolloverRefreshRate that are documented. Brex may answer others, which are kept as they are.
const (
	RolloverRefreshRateNever      = budgets.RolloverRefreshRateNever
	RolloverRefreshRateOff        = budgets.RolloverRefreshRateOff
	RolloverRefreshRatePerMonth   = budgets.RolloverRefreshRatePerMonth
	RolloverRefreshRatePerQuarter = budgets.RolloverRefreshRatePerQuarter
	RolloverRefreshRatePerYear    = budgets.RolloverRefreshRatePerYear
)

// Values of SpendLimitPeriodRecurrenceType that are documented. Brex may answer others, which are kept as they are.
const (
	SpendLimitPeriodRecurrenceTypeOneTime    = budgets.SpendLimitPeriodRecurrenceTypeOneTime
	SpendLimitPeriodRecurrenceTypePerMonth   = budgets.SpendLimitPeriodRecurrenceTypePerMonth
	SpendLimitPeriodRecurrenceTypePerQuarter = budgets.SpendLimitPeriodRecurrenceTypePerQuarter
	SpendLimitPeriodRecurrenceTypePerWeek    = budgets.SpendLimitPeriodRecurrenceTypePerWeek
	SpendLimitPeriodRecurrenceTypePerYear    = budgets.SpendLimitPeriodRecurrenceTypePerYear
)

// Values of SpendLimitStatus that are documented. Brex may answer others, which are kept as they are.
const (
	SpendLimitStatusActive   = budgets.SpendLimitStatusActive
	SpendLimitStatusArchived = budgets.SpendLimitStatusArchived
	SpendLimitStatusDeleted  = budgets.SpendLimitStatusDeleted
	SpendLimitStatusExpired  = budgets.SpendLimitStatusExpired
)

// Values of SpendLimitV1Status that are documented. Brex may answer others, which are kept as they are.
const (
	SpendLimitV1StatusApproved   = budgets.BudgetStatusApproved
	SpendLimitV1StatusDeleted    = budgets.BudgetStatusDeleted
	SpendLimitV1StatusExpired    = budgets.BudgetStatusExpired
	SpendLimitV1StatusTerminated = budgets.BudgetStatusTerminated
)

// Values of SpendType that are documented. Brex may answer others, which are kept as they are.
const (
	SpendTypeBudgetProvisionedCardsOnly       = budgets.SpendTypeBudgetProvisionedCardsOnly
	SpendTypeNonBudgetProvisionedCardsAllowed = budgets.SpendTypeNonBudgetProvisionedCardsAllowed
)
