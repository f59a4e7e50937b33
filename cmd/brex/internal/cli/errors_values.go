package cli

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/wire"
)

// refusedEnum are the ways in which servers say that a value is not one of an enum.
var refusedEnum = regexp.MustCompile(`(?i)\b(enum|(must|should) be one of|expected one of|one of the following)\b`)

// valueAdvice says where the accepted values are listed, where Brex refused a value of an enum or a
// query parameter. Other refusals, such as USER_EXISTS or INSUFFICIENT_FUNDS, are not about a value
// that a list would correct.
func valueAdvice(err error) string {
	var e *brex.Error
	if !errors.As(err, &e) {
		return ""
	}
	op, known := brex.LookupOperation(e.Operation)
	if !known || !refusedEnum.MatchString(e.Type+" "+e.Code+" "+e.Message) && !namesParameter(op, e.Message) {
		return ""
	}
	return "; --help, or brex actions " + op.ID + ", lists the values that Brex documents"
}

// namesParameter reports whether a message names a query parameter of the operation. Brex speaks of
// the values of expand[] as expansions.
func namesParameter(op *brex.Operation, message string) bool {
	words := strings.FieldsFunc(strings.ToLower(message), func(r rune) bool {
		return r != '_' && (r < '0' || r > '9' && r < 'a' || r > 'z')
	})
	return slices.ContainsFunc(op.Query, func(p wire.Param) bool {
		name := strings.ToLower(strings.TrimSuffix(p.Name, "[]"))
		return slices.Contains(words, name) || name == "expand" && slices.Contains(words, "expansion")
	})
}
