package brex

import "github.com/brex-go/sdk/gen/expenses"

// Custom fields of expenses.
type (
	// ExpenseCustomField is a custom field of an expense.
	ExpenseCustomField = expenses.CustomField
	// ExpenseCustomFieldValue is the value of a custom field, in one of sixteen forms: switch on
	// the type of its Value.
	ExpenseCustomFieldValue = expenses.CustomFieldValue
	// CustomFieldDataType is the kind of data a custom field holds.
	CustomFieldDataType = expenses.CustomFieldDataType
	// CustomFieldValueType says whether a custom field holds one value (SINGLE_VALUE) or several
	// (LIST).
	CustomFieldValueType = expenses.CustomFieldValueType
	// CustomString is the value of a custom field that holds one string.
	CustomString = expenses.StringValue
	// CustomStringList is the value of a custom field that holds a list of strings.
	CustomStringList = expenses.StringListValue
	// CustomDecimal is the value of a custom field that holds one decimal number.
	CustomDecimal = expenses.DecimalValue
	// CustomDecimalList is the value of a custom field that holds a list of decimal numbers.
	CustomDecimalList = expenses.DecimalListValue
	// CustomBoolean is the value of a custom field that holds one truth value.
	CustomBoolean = expenses.BooleanValue
	// CustomBooleanList is the value of a custom field that holds a list of truth values.
	CustomBooleanList = expenses.BooleanListValue
	// CustomEnum is the value of a custom field that holds one value of a fixed set.
	CustomEnum = expenses.EnumValue
	// CustomEnumList is the value of a custom field that holds a list of values of a fixed set.
	CustomEnumList = expenses.EnumListValue
	// CustomTimestamp is the value of a custom field that holds one date and time.
	CustomTimestamp = expenses.TimestampValue
	// CustomTimestampList is the value of a custom field that holds a list of dates with times.
	CustomTimestampList = expenses.TimestampListValue
	// CustomDate is the value of a custom field that holds one calendar date.
	CustomDate = expenses.DateValue
	// CustomDateList is the value of a custom field that holds a list of calendar dates.
	CustomDateList = expenses.DateListValue
	// CustomMoney is the value of a custom field that holds one amount of money.
	CustomMoney = expenses.MoneyValue
	// CustomMoneyList is the value of a custom field that holds a list of amounts of money.
	CustomMoneyList = expenses.MoneyListValue
	// CustomOptionString is the value of a custom field that holds one option.
	CustomOptionString = expenses.OptionStringValue
	// CustomOptionStringList is the value of a custom field that holds a list of options.
	CustomOptionStringList = expenses.OptionStringListValue
	// CustomOption is an option chosen in a custom field.
	CustomOption = expenses.OptionString
)
