package brextest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/brex-go/sdk/brex/schema"
	"github.com/brex-go/sdk/gen/documents"
)

// This file takes from the OpenAPI documents what a request may hold. Package schema reads them, as
// for the client; what follows from them is the sandbox's own judgement (serve_judge.go), so that a
// mistake in the client's check does not also hide here. The tests hold every request that they
// make against kin-openapi too, which is left to them: it would cost each build of a program with a
// sandbox 20 packages.

// spec is what a document says of an operation.
type spec struct {
	doc    *schema.Document
	params []param        // of the query
	body   *schema.Schema // nil where it takes none
	answer *schema.Schema // of success, nil where it has none

	unprocessable bool // an invalid request is a 422: the document has no 400
}

// documented reads the document of an API when its first request comes, so that
// a test pays for what it uses. Nobody changes a document once it is read. The
// documents are part of the program: one that cannot be read is a broken build.
var documented = func() map[string]func() map[string]spec {
	all := map[string]func() map[string]spec{}
	for _, api := range documents.APIs {
		all[api] = sync.OnceValue(func() map[string]spec {
			raw, err := documents.FS.ReadFile(api + ".json")
			if err != nil {
				panic(fmt.Sprintf("brextest: %v", err))
			}
			specs, err := readDocument(api, raw)
			if err != nil {
				panic(fmt.Sprintf("brextest: the document of %s: %v", api, err))
			}
			return specs
		})
	}
	return all
}()

// readDocument returns what a document says of its operations, by method and
// path.
func readDocument(api string, raw []byte) (map[string]spec, error) {
	doc, err := schema.Parse(raw)
	if err != nil {
		return nil, err
	}
	for place, rule := range stricter {
		if of, rest, _ := strings.Cut(place, "."); of == api {
			name, member, _ := strings.Cut(rest, ".")
			if s := doc.Components.Schemas[name]; s != nil && s.Properties[member] != nil { // else Brex has renamed it, see TestStricterRulesHaveMembers
				s.Properties[member] = both(doc, s.Properties[member], rule)
			}
		}
	}
	specs := map[string]spec{}
	for path, item := range doc.Paths {
		for method, op := range item {
			route := strings.ToUpper(method) + " " + path
			s := spec{doc: doc, answer: op.Responses["200"].Content["application/json"].Schema}
			for _, p := range op.Parameters {
				if p.In == "query" { // what stands in a path is an id, which exists or does not
					s.params = append(s.params, paramsOf(doc, route, p.Name, p.Style, p.Schema)...)
				}
			}
			if op.RequestBody != nil {
				s.body = op.RequestBody.Content["application/json"].Schema
			}
			_, bad := op.Responses["400"]
			_, unprocessable := op.Responses["422"]
			s.unprocessable = unprocessable && !bad
			specs[route] = s
		}
	}
	return specs, nil
}

// both is a schema that holds a value against two.
func both(doc *schema.Document, s, rule *schema.Schema) *schema.Schema {
	return &schema.Schema{Nullable: doc.Resolve(s).Nullable, AllOf: []*schema.Schema{s, rule}}
}

// paramsOf are the parameters of a query that a documented one stands for.
func paramsOf(doc *schema.Document, route, name, style string, s *schema.Schema) (params []param) {
	switch {
	case style == "deepObject":
		for _, member := range sortedKeys(doc.Plain(s).Properties) {
			// Its bounds are documented as text; a date and an instant are both shown.
			params = append(params, param{name + "[" + member + "]", &schema.Schema{Type: "string", Format: formatMoment}})
		}
		return params
	case name == "limit":
		s = boundLimit(s)
	case name == expand:
		s = expandable(route)
	default:
		s = doc.Plain(s)
	}
	return []param{{name, s}}
}

// boundLimit adds the bounds of a limit where the document leaves them open. No
// document wants more than 0, which is the default page: clients send it.
func boundLimit(s *schema.Schema) *schema.Schema {
	out := between(0, maxLimit)
	if s.Maximum != nil {
		out.Maximum = s.Maximum
	}
	return out
}

const expand = "expand[]"

// expandable closes the values of expand[], which the documents leave open:
// elsewhere than for expenses hardly any is known.
func expandable(route string) *schema.Schema {
	names := &schema.Schema{Type: "string"}
	list := &schema.Schema{Type: "array", Items: names}
	switch route {
	case "GET /v2/users":
		list.MaxItems = new(0)
	case "GET /v2/transactions/card/primary":
		names.Enum = []string{"expense_id"} // the id is returned with and without
	default:
		for _, e := range expansions {
			names.Enum = append(names.Enum, e.name)
		}
	}
	return list
}

// stricter are rules that no document states, by api, schema and member.
var stricter = map[string]*schema.Schema{
	"payments.Money.currency":                            letters3,
	"team.Money.currency":                                letters3,
	"budgets.Money.currency":                             letters3,
	"payments.Money.amount":                              sane,
	"team.Money.amount":                                  sane,
	"budgets.Money.amount":                               sane,
	"team.SpendControlRequest.spend_limit":               notNegative,
	"team.SpendControlUpdateRequest.spend_limit":         notNegative,
	"team.SetUserLimitRequest.monthly_limit":             notNegative,
	"payments.ACHDetailsRequest.routing_number":          routingNumber,
	"payments.DomesticWireDetailsRequest.routing_number": routingNumber,
	"payments.ACHDetailsRequest.account_number":          accountNumber,
	"payments.DomesticWireDetailsRequest.account_number": accountNumber,
	"payments.CreateVendorRequest.company_name":          notEmpty,
	"payments.UpdateVendorRequest.company_name":          notEmpty,
	"team.SecureEmailForCardDetailsRequest.expiry_days":  {Type: "integer", Minimum: new(json.Number("1"))},
}

var (
	letters3      = length(3, 3)
	routingNumber = &schema.Schema{Type: "string", Format: formatRouting} // Brex's own sample has seven digits
	accountNumber = length(1, 34)
	notEmpty      = &schema.Schema{Type: "string", MinLength: new(1)}
	sane          = between(-maxAmount, maxAmount) // keeps sums far from overflow
	notNegative   = &schema.Schema{Type: "object", AdditionalProperties: json.RawMessage("true"), Properties: map[string]*schema.Schema{
		"amount": {Type: "integer", Nullable: true, Minimum: new(json.Number("0"))}}}
)

func length(least, most int) *schema.Schema {
	return &schema.Schema{Type: "string", MinLength: &least, MaxLength: &most}
}

func between(least, most int64) *schema.Schema {
	number := func(n int64) *json.Number { return new(json.Number(strconv.FormatInt(n, 10))) }
	return &schema.Schema{Type: "integer", Minimum: number(least), Maximum: number(most)}
}
