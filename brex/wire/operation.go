package wire

// AnyResult is the Result of an operation that no document knows: its response may be any JSON, or empty.
const AnyResult = "any"

// Operation describes one operation of the Brex API as its document declares it. The rows are
// generated from the documents (package gen/operations) and must not be changed by their readers.
type Operation struct {
	API           string // the document it comes from, "team"
	ID            string // operationId as Brex spells it, "listCardsByUserId"
	Action        string // "<api>/<method>_<path>", the name used by dynamic calls: "team/get_v2_cards"
	GoName        string // method of the generated client, "ListCards"
	Tag           string // Brex's group of operations
	Summary       string // what it does, in a few words
	Method        string // HTTP method
	Path          string // path with {parameters}
	Server        string // base URL of its own, empty for the usual one
	StagingServer string // the same on staging
	PathParams    []Param
	Query         []Param
	Body          string // Go type of the request body in gen/<api>, empty for none
	Result        string // Go type of the response in gen/<api>, empty for none
	ResultID      string // member that the document requires to name the result, or each item of a list; empty for none
	List          List   // how a list is wrapped, empty where the result is not a list
	Status        int    // status of a successful response

	// EmptyResult is true where the document declares a result without naming a member of it, so
	// that an empty body lacks nothing.
	EmptyResult bool

	// Idempotency says whether the document declares the Idempotency-Key header. Only then does a
	// repeated POST count as safe.
	Idempotency Idempotency
	// Paginated is true if the response has next_cursor and the operation accepts a cursor.
	Paginated bool
	// PageLimit is the largest page the operation returns, in items; 0 if it accepts no limit.
	PageLimit int
	// Scopes are the OAuth scopes of the operation, any one of which is enough. Empty means that
	// none is documented.
	Scopes []string
	// Access is the class of the operation.
	Access Access
	// Deprecated is true if Brex advises against the operation.
	Deprecated bool
}

// List says how the response of a list operation wraps its items.
type List string

const (
	ListPage  List = "page"  // an object with items; next_cursor says where it goes on, see Operation.Paginated
	ListArray List = "array" // the bare items, all of them
)

// Param is a path or query parameter.
type Param struct {
	Name     string // as it is sent, brackets included
	Type     string // string, integer, boolean, date-time, or "[]" and one of these; object for deepObject
	Required bool
	Enum     []string // values the document lists; Brex may add more
}

// Idempotency says how an operation treats the Idempotency-Key header.
type Idempotency string

const (
	IdempotencyRequired Idempotency = "required"
	IdempotencyOptional Idempotency = "optional"
	IdempotencyNone     Idempotency = "none" // not declared: a repeat may repeat the effect
)

// Access is the class of an operation: what it can do.
type Access string

const (
	AccessRead      Access = "read"
	AccessWrite     Access = "write"
	AccessMoney     Access = "money"     // moves money, or changes who can spend
	AccessSensitive Access = "sensitive" // shows card numbers or signing secrets
)
