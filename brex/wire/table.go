package wire

// Table says how the objects of a list become rows with columns. The tables are generated from the documents (package
// gen/tables) and must not be changed by their readers.
type Table struct {
	Name string     // "expenses"
	Doc  string     // what a row is, one sentence
	List *Operation // lists the objects
	Get  *Operation // reads one of them, nil where the API has no such operation
	// Query holds the query parameters that List is always sent with, such as the expansions the columns need.
	Query map[string]any
	// Parent is the table whose rows List is called for, one by one; nil where one list holds all.
	Parent *TableParent
	// Key names the columns that tell rows apart within a company, in the order of the parent's.
	Key []string
	// Watermark is how List is asked for what changed; nil where it can only be read whole.
	Watermark *Watermark
	// Range is how List can be narrowed to rows of an age, nil where it cannot.
	Range *Watermark
	// Age names the column of the time or day that says how old a row is; empty for rows that do not age.
	Age      string
	Columns  []Column
	Children []ChildTable
	// Hidden are the members that no copy may hold as they are: secrets, account numbers, links that open something.
	Hidden []HiddenMember
	// Declared are the documented members, by dotted path, that share the name of a secret and are none.
	Declared []string
}

// TableParent connects a list with the objects that it is read for.
type TableParent struct {
	Table  string // the other table
	Column string // its column whose value goes into the path
	Param  string // the path parameter
	Key    string // the column here that holds the value
}

// Watermark is the time by which a list can be narrowed to what changed.
type Watermark struct {
	Column string // "updated_at", or a posted day
	Since  string // query parameter of the lower bound; for an object, "updated_at.gte"
	Until  string // query parameter of the upper bound, empty where there is none
	Days   bool   // the column is a day on which an object was posted, not the time of its last change
}

// Column is one column of a table.
type Column struct {
	Name     string
	Path     []string // members that lead from the object to the value; empty for a column that comes from elsewhere
	Type     ColumnType
	Currency string // of an amount in minor units: the column that holds its currency
	Enum     []string
	Doc      string
}

// ColumnType is the type of the values of a column.
type ColumnType string

const (
	ColumnString  ColumnType = "string"
	ColumnInteger ColumnType = "integer" // 64 bits; money in minor units
	ColumnDecimal ColumnType = "decimal" // exact
	ColumnBoolean ColumnType = "boolean"
	ColumnTime    ColumnType = "time" // UTC
	ColumnDate    ColumnType = "date"
	ColumnJSON    ColumnType = "json"
)

// ChildTable holds the elements of an array of objects, one row each. Its key is that of the parent and the position in the array.
type ChildTable struct {
	Name    string
	Path    []string // members that lead to the array
	Columns []Column // with paths from the element
}

// HiddenMember is a member that a copy holds not at all, or only the end of.
type HiddenMember struct {
	Path     string // dotted, arrays passed over: "payment_accounts.details.account_number"
	LastFour bool   // of an account number, the last four characters may stay
}
