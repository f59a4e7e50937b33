package brextest

import (
	"fmt"
	"net/http"
	"strings"
)

// Role is what a token's user may do, beyond its scopes. Brex has more of
// them; the sandbox tells those apart who see the whole company from those who
// see their own things.
type Role string

// The roles.
const (
	RoleAdmin    Role = "ADMIN"
	RoleEmployee Role = "EMPLOYEE"
)

// TokenFor returns a bearer token with all scopes and the rights of a role:
// that of the admin is Token, that of the employee belongs to the company's
// second active user. It panics on any other role.
func (h *Handler) TokenFor(role Role) string {
	switch role {
	case RoleAdmin:
		return h.token
	case RoleEmployee:
		return h.employeeToken()
	}
	panic("brextest: TokenFor: there is no role " + string(role))
}

// WithRoleToken is WithToken for a user with a role.
func WithRoleToken(token string, role Role, scopes ...string) Option {
	return func(c *config) error {
		if role != RoleAdmin && role != RoleEmployee {
			return fmt.Errorf("WithRoleToken: there is no role %q", role)
		}
		if err := WithToken(token, scopes...)(c); err != nil {
			return err
		}
		c.tokens[len(c.tokens)-1].role = role
		return nil
	}
}

func (h *Handler) employeeToken() string {
	return "bxt_employee_" + identity{h.config.seed}.id("", 0, 1)
}

// employeeMay lists what an employee may do with the scopes for it: read what
// is the company's own, and use what is the employee's. Everything else is a
// 403.
var employeeMay = map[string]bool{
	"listExpenses": true, "listExpenses_1": true, "getExpense": true, "getCardExpense": true, "updateExpense": true,
	"receiptMatch": true, "receiptUpload": true,
	"listTrips": true, "getTrip": true, "listTripBookings": true, "getBooking": true,
	"listCardsByUserId": true, "getCardById": true, "getCardNumber": true, "lockCard": true,
	"listUsers": true, "getMe": true, "getUserById": true, "getUserLimit": true,
	"getCompany": true, "listDepartments": true, "getDepartmentById": true, "listLocations": true, "getLocationById": true,
	"listTitles": true, "getTitleById": true, "listLegalEntities": true, "getLegalEntity": true,
	"listSpendLimits": true, "getSpendLimitById": true, "listBudgets": true, "getBudgetById": true,
}

// refusedByRole says why the caller's role or company does not let it call an operation, nil when
// it does. The cash accounts and the vendors belong to the Brex business account: without one, or
// without the role for it, Brex responds with 401 there.
func (h *Handler) refusedByRole(cred *credential, op *operation) *problem {
	employee := cred.role == RoleEmployee
	business := strings.HasPrefix(op.path, "/v2/accounts/cash") || strings.HasPrefix(op.path, "/v1/vendors")
	switch {
	case business && (employee || h.config.noBusiness):
		return &problem{status: http.StatusUnauthorized, kind: "UNAUTHORIZED",
			message: "the Brex business account is not enabled, or the user's role does not allow it"}
	case employee && !employeeMay[op.id]:
		return forbidden()
	}
	return nil
}

func forbidden() *problem {
	return &problem{status: http.StatusForbidden, kind: "FORBIDDEN", message: "the user's role does not allow this"}
}

// WithoutBusinessAccount leaves out the Brex business account: everything
// below /v2/accounts/cash and /v1/vendors responds with 401, whatever the token.
func WithoutBusinessAccount() Option {
	return func(c *config) error { c.noBusiness = true; return nil }
}

// account is the customer or OAuth client that a credential belongs to: all
// user tokens are the customer's.
func (c *credential) account() string {
	if strings.HasPrefix(c.name, "oauth ") {
		return c.name
	}
	return ""
}

// self is the user that the caller is limited to, "" for one who sees all.
func (c *call) self() string {
	if c.token.role != RoleEmployee {
		return ""
	}
	return orText(c.state.owners.employee, "nobody")
}

// mine refuses what belongs to another user than the caller, when the caller
// may see only its own.
func (c *call) mine(user string) *problem {
	if self := c.self(); self != "" && user != self {
		return forbidden()
	}
	return nil
}

// owners are the users that the company's tokens belong to: the first two that
// were active at the start, for the roles of admin and employee. They stay the
// owners, whatever becomes of them: a token never passes to somebody else. With
// fewer users one is "", and nothing is the employee's own.
type owners struct{ admin, employee string }

func (s *state) findOwners() (o owners) {
	for row := range s.users.keys {
		status := s.users.keys[row].status
		switch {
		case s.users.gone[row] || status != "ACTIVE" && status != "":
		case o.admin == "":
			o.admin = s.users.id(row)
		default:
			o.employee = s.users.id(row)
			return o
		}
	}
	return o
}

// owner is the user that a credential belongs to, "" for none: what a client got for itself alone
// is not a user's.
func (s *state) owner(cred *credential) string {
	switch {
	case cred.machine:
		return ""
	case cred.role == RoleEmployee:
		return s.owners.employee
	}
	return s.owners.admin
}

// enabled says whether the user that a credential belongs to may still sign in.
func (h *Handler) enabled(cred *credential) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	row, found := h.state.users.find(h.state.owner(cred))
	if !found {
		return true // a company without users
	}
	status := h.state.users.keys[row].status
	return status == "ACTIVE" || status == ""
}
