package brextest

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/brex-go/sdk/gen/documents"
)

// This file takes from the OpenAPI documents what a request may hold. They are
// read by kin-openapi, as its schemas are what requests are held against: the
// sandbox has no second description of them that could drift.

// spec is what a document says of an operation.
type spec struct {
	params []param          // of the query
	body   *openapi3.Schema // nil where it takes none
	answer *openapi3.Schema // of success, nil where it has none

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
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	if err := doc.WalkSchemas(closeSchema); err != nil {
		return nil, err
	}
	for place, rule := range stricter {
		if of, rest, _ := strings.Cut(place, "."); of == api {
			name, member, _ := strings.Cut(rest, ".")
			if schema := doc.Components.Schemas[name]; schema == nil || schema.Value.Properties[member] == nil {
				continue // Brex has renamed it, see TestStricterRulesHaveMembers
			}
			doc.Components.Schemas[name].Value.Properties[member] = both(doc.Components.Schemas[name].Value.Properties[member], rule)
		}
	}
	specs := map[string]spec{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			route := method + " " + path
			s := spec{params: paramsOf(route, op.Parameters)}
			if op.RequestBody != nil {
				s.body = jsonSchema(op.RequestBody.Value.Content)
			}
			if ok := op.Responses.Status(http.StatusOK); ok != nil {
				s.answer = jsonSchema(ok.Value.Content)
			}
			s.unprocessable = op.Responses.Status(http.StatusBadRequest) == nil && op.Responses.Status(http.StatusUnprocessableEntity) != nil
			specs[route] = s
		}
	}
	return specs, nil
}

// jsonSchema is the schema of JSON, nil where there is none.
func jsonSchema(content openapi3.Content) *openapi3.Schema {
	if media := content["application/json"]; media != nil {
		return media.Schema.Value
	}
	return nil
}

// closeSchema lets an object have no members but its own. It also takes the
// format from integers: kin-openapi would look for it in a table of the whole
// program, and notWhole says the same.
func closeSchema(_ string, ref *openapi3.SchemaRef) error {
	s := ref.Value
	switch {
	case s.Type.Is("integer"):
		s.Format = ""
	case s.Type.Is("object") && s.AdditionalProperties.Schema == nil && s.AdditionalProperties.Has == nil:
		s.WithoutAdditionalProperties()
	}
	return nil
}

// both is a schema that holds a value against two.
func both(ref *openapi3.SchemaRef, rule *openapi3.Schema) *openapi3.SchemaRef {
	return (&openapi3.Schema{Nullable: ref.Value.PermitsNull(), AllOf: openapi3.SchemaRefs{ref, rule.NewRef()}}).NewRef()
}

func paramsOf(route string, list openapi3.Parameters) []param {
	var params []param
	for _, ref := range list {
		p := ref.Value
		s := p.Schema.Value
		switch {
		case p.In != openapi3.ParameterInQuery:
			continue // what stands in a path is an id, which exists or does not
		case p.Style == openapi3.SerializationDeepObject:
			if len(s.AllOf) == 1 {
				s = s.AllOf[0].Value
			}
			for _, member := range sortedKeys(s.Properties) {
				// Its bounds are documented as text; a date and an instant are both shown.
				params = append(params, param{p.Name + "[" + member + "]", openapi3.NewStringSchema().WithFormat(formatMoment)})
			}
			continue
		case p.Name == "limit":
			s = boundLimit(s)
		case p.Name == expand:
			s = expandable(route)
		}
		params = append(params, param{p.Name, s})
	}
	return params
}

// boundLimit adds the bounds of a limit where the document leaves them open. No
// document wants more than 0, which is the default page: clients send it.
func boundLimit(s *openapi3.Schema) *openapi3.Schema {
	out := openapi3.NewIntegerSchema().WithMin(0).WithMax(maxLimit)
	if s.Max != nil {
		out.Max = s.Max
	}
	return out
}

const expand = "expand[]"

// expandable closes the values of expand[], which the documents leave open:
// elsewhere than for expenses hardly any is known.
func expandable(route string) *openapi3.Schema {
	list := openapi3.NewArraySchema().WithItems(openapi3.NewStringSchema())
	switch route {
	case "GET /v2/users":
		return list.WithMaxItems(0)
	case "GET /v2/transactions/card/primary":
		return list.WithItems(openapi3.NewStringSchema().WithEnum("expense_id")) // the id is returned with and without
	}
	var names []any
	for _, e := range expansions {
		names = append(names, e.name)
	}
	return list.WithItems(openapi3.NewStringSchema().WithEnum(names...))
}

// stricter are rules that no document states, by api, schema and member.
var stricter = map[string]*openapi3.Schema{
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
	"team.SecureEmailForCardDetailsRequest.expiry_days":  openapi3.NewIntegerSchema().WithMin(1),
}

var (
	letters3      = openapi3.NewStringSchema().WithLength(3)
	routingNumber = openapi3.NewStringSchema().WithFormat(formatRouting) // Brex's own sample has seven digits
	accountNumber = openapi3.NewStringSchema().WithMinLength(1).WithMaxLength(34)
	notEmpty      = openapi3.NewStringSchema().WithMinLength(1)
	sane          = openapi3.NewIntegerSchema().WithMin(-maxAmount).WithMax(maxAmount) // keeps sums far from overflow
	notNegative   = openapi3.NewObjectSchema().WithProperty("amount", openapi3.NewIntegerSchema().WithMin(0).WithNullable())
)
