package cli

import (
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/gen/documents"
)

// States of what may be changed in an area. None of them says that it works, which only trying shows.
const (
	stateGranted   = "changes: scopes granted"
	statePartly    = "changes: some scopes missing"
	stateWithheld  = "changes: scopes missing"
	stateUntried   = "changes: not known without trying"
	stateForbidden = "changes: refused by --read-only"
)

// changes says of each area what of it may be changed, as far as that can be known without trying: granted are the scopes of the
// token, nil where they are not known. Nothing here is a fault: a token for reading is as it should be.
func changes(api *choices, granted []string, readOnly bool) (found []check) {
	for _, area := range documents.APIs {
		if !api.match(area) {
			continue
		}
		var writes, without []string
		var missing []string // scopes
		for _, op := range brex.Operations() {
			if op.API != area || op.Access != brex.AccessWrite && op.Access != brex.AccessMoney {
				continue
			}
			writes = append(writes, op.ID)
			if !slices.ContainsFunc(op.Scopes, func(s string) bool { return slices.Contains(granted, s) }) {
				without, missing = append(without, op.ID), append(missing, op.Scopes...)
			}
		}
		if len(writes) == 0 {
			continue
		}
		c := check{Area: area, OK: true}
		switch slices.Sort(missing); {
		case readOnly:
			c.State = stateForbidden
		case granted == nil:
			c.State, c.Detail = stateUntried, "nothing here says what this token may change"
		case len(without) == 0:
			c.State, c.Detail = stateGranted, "the role of its user decides, too"
		default:
			c.State = stateWithheld
			if len(without) < len(writes) {
				c.State = statePartly
			}
			c.Scopes = slices.Compact(missing)
			c.Detail = "without a scope: " + strings.Join(without, ", ")
		}
		found = append(found, c)
	}
	return found
}
