package brextest

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/brex-go/sdk/gen/documents"
)

// This file reads from the OpenAPI documents what a request may hold. The
// sandbox has no second description of it, so that it cannot drift from them.

// docSchema is the part of an OpenAPI schema that matters for requests.
type docSchema struct {
	Ref                  string `json:"$ref"`
	Type, Format         string
	Nullable             bool
	Enum                 []any
	MinLength, MaxLength int
	Minimum, Maximum     *float64
	MinItems, MaxItems   int
	Properties           map[string]*docSchema
	Required             []string
	Items                *docSchema
	AllOf, OneOf         []*docSchema
	Discriminator        *struct {
		PropertyName string
		Mapping      map[string]string
	}
	AdditionalProperties json.RawMessage
}

type apiDocument struct {
	Paths      map[string]map[string]docOperation
	Components struct{ Schemas map[string]*docSchema }

	api    string
	shapes map[string]*shape // of the schemas met so far
}

type docOperation struct {
	Parameters []struct {
		Name, In, Style string
		Schema          *docSchema
	}
	RequestBody *struct {
		Content map[string]struct{ Schema *docSchema }
	}
}

// request is what an operation takes.
type request struct {
	params []param
	body   *shape
}

// of adds what is known of one operation beyond its document.
func (r request) of(id string) request {
	values, known := expandable[id]
	if !known {
		return r
	}
	r.params = slices.Clone(r.params)
	for i := range r.params {
		if r.params[i].name == "expand[]" {
			r.params[i].enum = values
		}
	}
	return r
}

// requests holds what every operation takes, by method and path. The documents
// are part of the program: one that cannot be read is a broken build.
var requests = sync.OnceValue(func() map[string]request {
	all := map[string]request{}
	for _, api := range documents.APIs {
		raw, err := documents.FS.ReadFile(api + ".json")
		if err != nil {
			panic(fmt.Sprintf("brextest: %v", err))
		}
		d := apiDocument{api: api, shapes: map[string]*shape{}}
		if err := json.Unmarshal(raw, &d); err != nil {
			panic(fmt.Sprintf("brextest: the document of %s: %v", api, err))
		}
		for path, methods := range d.Paths {
			for method, op := range methods {
				all[strings.ToUpper(method)+" "+path] = d.request(op)
			}
		}
	}
	return all
})

func (d *apiDocument) request(op docOperation) request {
	var r request
	for _, p := range op.Parameters {
		if p.In != "query" {
			continue
		}
		s := d.resolve(p.Schema)
		if p.Style != "deepObject" {
			r.params = append(r.params, d.param(p.Name, s))
			continue
		}
		for member := range s.Properties {
			// Its bounds are documented as text; a date and an instant are both shown.
			r.params = append(r.params, param{name: p.Name + "[" + member + "]", kind: asMoment})
		}
	}
	if op.RequestBody != nil {
		r.body = d.shape(op.RequestBody.Content["application/json"].Schema)
	}
	return r
}

// resolve follows references, and allOf with one member, which is how the
// documents add null to a reference.
func (d *apiDocument) resolve(s *docSchema) *docSchema {
	for {
		switch {
		case s.Ref != "":
			s = d.Components.Schemas[path.Base(s.Ref)]
		case len(s.AllOf) == 1 && len(s.Properties) == 0:
			s = s.AllOf[0]
		default:
			return s
		}
	}
}

func (d *apiDocument) param(name string, s *docSchema) param {
	p := param{name: name}
	if s.Type == "array" {
		p.many = true
		s = d.resolve(s.Items)
	}
	switch {
	case s.Format == "date-time":
		p.kind = asTime
	case s.Type == "boolean":
		p.kind = asBool
	case s.Type == "integer":
		p.kind, p.min, p.max = asInt, 1, maxLimit
		if s.Minimum != nil {
			p.min = int(*s.Minimum)
		}
		if s.Maximum != nil {
			p.max = int(*s.Maximum)
		}
	case s.Enum != nil:
		p.enum = texts(s.Enum)
	}
	return p
}

// expandable closes the values of expand[] that the documents leave open:
// elsewhere than for expenses hardly any is known.
var expandable = map[string][]string{
	"listUsers":                   {},
	"listPrimaryCardTransactions": {"expense_id"}, // the id is answered with and without
}

func texts(values []any) []string {
	list := make([]string, 0, len(values))
	for _, v := range values {
		if s, ok := v.(string); ok {
			list = append(list, s)
		}
	}
	return list
}

// shape turns a schema into what the sandbox checks.
func (d *apiDocument) shape(s *docSchema) *shape {
	if s.Ref == "" {
		return d.inline(s)
	}
	name := path.Base(s.Ref)
	if known := d.shapes[name]; known != nil {
		return known
	}
	out := new(shape)
	d.shapes[name] = out // before its members are read: a schema may hold itself
	*out = *d.inline(d.Components.Schemas[name])
	for _, f := range out.fields {
		if rule := stricter[d.api+"."+name+"."+f.name]; rule != nil {
			rule(f.shape)
		}
	}
	return out
}

func (d *apiDocument) inline(s *docSchema) *shape {
	if len(s.AllOf) == 1 && len(s.Properties) == 0 {
		out := *d.shape(s.AllOf[0])
		out.nullable = out.nullable || s.Nullable
		return &out
	}
	out := &shape{nullable: s.Nullable, min: s.MinLength, max: s.MaxLength, low: s.Minimum, high: s.Maximum}
	switch {
	case s.OneOf != nil && s.Discriminator != nil:
		out.kind, out.by, out.variants = isObject, s.Discriminator.PropertyName, map[string]*shape{}
		for value, ref := range s.Discriminator.Mapping {
			out.variants[value] = d.shape(&docSchema{Ref: ref})
		}
	case s.OneOf != nil:
		out.kind = isOneOf
		for _, one := range s.OneOf {
			out.oneOf = append(out.oneOf, d.shape(one))
		}
	case s.Type == "array":
		out.kind, out.items, out.min, out.max = isList, d.shape(s.Items), s.MinItems, s.MaxItems
	case s.Type == "integer":
		out.kind = isInteger
	case s.Type == "number":
		out.kind = isNumber
	case s.Type == "boolean":
		out.kind = isBoolean
	case s.Type == "string":
		out.kind, out.format = isText, map[string]textFormat{"email": asEmail, "date": asDate, "date-time": asInstant}[s.Format]
		if s.Enum != nil {
			out.enum = texts(s.Enum)
		}
	case s.AdditionalProperties != nil:
		out.kind = isMap
	default:
		out.kind = isObject
		for _, name := range sortedKeys(s.Properties) {
			member := *d.shape(s.Properties[name])
			out.fields = append(out.fields, field{name, &member, slices.Contains(s.Required, name)})
		}
	}
	return out
}

// stricter are rules that no document states, by api, schema and member.
var stricter = map[string]func(*shape){
	"payments.Money.currency": letters3, "team.Money.currency": letters3, "budgets.Money.currency": letters3,
	"payments.Money.amount": sane, "team.Money.amount": sane, "budgets.Money.amount": sane,
	"team.SpendControlRequest.spend_limit": notNegative, "team.SpendControlUpdateRequest.spend_limit": notNegative,
	"team.SetUserLimitRequest.monthly_limit":             notNegative,
	"payments.ACHDetailsRequest.routing_number":          digits9,
	"payments.DomesticWireDetailsRequest.routing_number": digits9,
	"payments.ACHDetailsRequest.account_number":          accountNumber,
	"payments.DomesticWireDetailsRequest.account_number": accountNumber,
	"payments.CreateVendorRequest.company_name":          notEmpty,
	"payments.UpdateVendorRequest.company_name":          notEmpty,
	"team.SecureEmailForCardDetailsRequest.expiry_days":  func(s *shape) { s.low = new(float64); *s.low = 1 },
}

func letters3(s *shape)      { s.min, s.max = 3, 3 }
func digits9(s *shape)       { s.format = asDigits9 }
func accountNumber(s *shape) { s.min, s.max = 1, 34 }
func notEmpty(s *shape)      { s.min = 1 }

// notNegative is for an amount of money that limits something.
func notNegative(s *shape) {
	s.fields = slices.Clone(s.fields)
	for i, f := range s.fields {
		if f.name == "amount" {
			amount := *f.shape
			amount.low = new(float64)
			s.fields[i].shape = &amount
		}
	}
}

// sane keeps sums far from overflow.
func sane(s *shape) {
	low, high := float64(-maxAmount), float64(maxAmount)
	s.low, s.high = &low, &high
}
