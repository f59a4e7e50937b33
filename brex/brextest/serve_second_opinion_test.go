package brextest

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/brex-go/sdk/gen/documents"
)

// The second opinion: kin-openapi reads the documents and judges what every test here sends, and
// its verdict and the place that it names must be those of the judge. The rules that no document
// states are written down once more.

// secondParam is a query parameter as kin-openapi reads it.
type secondParam struct {
	name   string
	schema *openapi3.Schema
}

type secondSpec struct {
	params []secondParam
	body   *openapi3.Schema
}

var secondOpinions = func() map[string]func() (map[string]secondSpec, error) {
	all := map[string]func() (map[string]secondSpec, error){}
	for _, api := range documents.APIs {
		all[api] = sync.OnceValues(func() (map[string]secondSpec, error) { return secondReading(api) })
	}
	return all
}()

func secondReading(api string) (map[string]secondSpec, error) {
	raw, err := documents.FS.ReadFile(api + ".json")
	if err != nil {
		return nil, err
	}
	doc, err := openapi3.NewLoader().LoadFromData(raw)
	if err != nil {
		return nil, err
	}
	if err := doc.WalkSchemas(closeSchema); err != nil {
		return nil, err
	}
	for place, rule := range secondStricter {
		if of, rest, _ := strings.Cut(place, "."); of == api {
			name, member, _ := strings.Cut(rest, ".")
			properties := doc.Components.Schemas[name].Value.Properties
			properties[member] = secondBoth(properties[member], rule)
		}
	}
	specs := map[string]secondSpec{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			route := method + " " + path
			s := secondSpec{params: secondParams(route, op.Parameters)}
			if op.RequestBody != nil {
				s.body = op.RequestBody.Value.Content["application/json"].Schema.Value
			}
			specs[route] = s
		}
	}
	return specs, nil
}

// closeSchema lets an object have no members but its own. It also takes the
// format from integers: kin-openapi would look for it in a table of the whole
// program, and secondNotWhole says the same.
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

// secondBoth is a schema that holds a value against two.
func secondBoth(ref *openapi3.SchemaRef, rule *openapi3.Schema) *openapi3.SchemaRef {
	return (&openapi3.Schema{Nullable: ref.Value.PermitsNull(), AllOf: openapi3.SchemaRefs{ref, rule.NewRef()}}).NewRef()
}

func secondParams(route string, list openapi3.Parameters) []secondParam {
	var params []secondParam
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
				params = append(params, secondParam{p.Name + "[" + member + "]", openapi3.NewStringSchema().WithFormat(formatMoment)})
			}
			continue
		case p.Name == "limit":
			s = secondLimit(s)
		case p.Name == expand:
			s = secondExpandable(route)
		}
		params = append(params, secondParam{p.Name, s})
	}
	return params
}

// secondLimit adds the bounds of a limit where the document leaves them open. No
// document wants more than 0, which is the default page: clients send it.
func secondLimit(s *openapi3.Schema) *openapi3.Schema {
	out := openapi3.NewIntegerSchema().WithMin(0).WithMax(maxLimit)
	if s.Max != nil {
		out.Max = s.Max
	}
	return out
}

func secondExpandable(route string) *openapi3.Schema {
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

var secondStricter = map[string]*openapi3.Schema{
	"payments.Money.currency":                            secondLetters3,
	"team.Money.currency":                                secondLetters3,
	"budgets.Money.currency":                             secondLetters3,
	"payments.Money.amount":                              secondSane,
	"team.Money.amount":                                  secondSane,
	"budgets.Money.amount":                               secondSane,
	"team.SpendControlRequest.spend_limit":               secondNotNegative,
	"team.SpendControlUpdateRequest.spend_limit":         secondNotNegative,
	"team.SetUserLimitRequest.monthly_limit":             secondNotNegative,
	"payments.ACHDetailsRequest.routing_number":          secondRoutingNumber,
	"payments.DomesticWireDetailsRequest.routing_number": secondRoutingNumber,
	"payments.ACHDetailsRequest.account_number":          secondAccountNumber,
	"payments.DomesticWireDetailsRequest.account_number": secondAccountNumber,
	"payments.CreateVendorRequest.company_name":          secondNotEmpty,
	"payments.UpdateVendorRequest.company_name":          secondNotEmpty,
	"team.SecureEmailForCardDetailsRequest.expiry_days":  openapi3.NewIntegerSchema().WithMin(1),
}

var (
	secondLetters3      = openapi3.NewStringSchema().WithLength(3)
	secondRoutingNumber = openapi3.NewStringSchema().WithFormat(formatRouting) // Brex's own sample has seven digits
	secondAccountNumber = openapi3.NewStringSchema().WithMinLength(1).WithMaxLength(34)
	secondNotEmpty      = openapi3.NewStringSchema().WithMinLength(1)
	secondSane          = openapi3.NewIntegerSchema().WithMin(-maxAmount).WithMax(maxAmount) // keeps sums far from overflow
	secondNotNegative   = openapi3.NewObjectSchema().WithProperty("amount", openapi3.NewIntegerSchema().WithMin(0).WithNullable())
)

// secondValidation is how values are held against schemas. The formats are given each
// time: kin-openapi would otherwise take them from a table of the whole program,
// which is not ours to change. Errors are kept short: building their text, with
// the schema and the value in it, would cost more than the validation.
func secondValidation(strictZone bool) []openapi3.SchemaValidationOption {
	formats := map[string]openapi3.StringFormatValidator{}
	for name, f := range textFormats {
		formats[name] = openapi3.NewCallbackValidator(func(s string) error {
			if !f.is(s, strictZone) {
				return errors.New(f.want)
			}
			return nil
		})
	}
	return []openapi3.SchemaValidationOption{
		openapi3.WithStringFormatValidators(formats),
		openapi3.SetSchemaErrorMessageCustomizer(func(e *openapi3.SchemaError) string { return e.SchemaField }),
	}
}

var secondLax, secondStrict = secondValidation(false), secondValidation(true)

// complain puts kin-openapi's verdict on what stands at a path into Brex's
// words. Its own text holds the schema and the value, which are nobody's
// business: only the rule that is broken is taken from it.
func complain(at fieldPath, e *openapi3.SchemaError) *problem {
	switch e.SchemaField {
	case "required":
		return missing(at.String())
	case "properties": // the first, in the order that kin-openapi goes through them
		object, _ := e.Value.(map[string]any)
		for _, name := range sortedKeys(object) {
			if e.Schema.Properties[name] == nil {
				return badRequest(at.member(name).String() + " is not a known field")
			}
		}
	case "discriminator":
		at = at.member(e.Schema.Discriminator.PropertyName)
		if e.Value == nil {
			return missing(at.String())
		}
		return wrong(at, "want "+strings.Join(sortedKeys(e.Schema.Discriminator.Mapping), " or "))
	case "format":
		return wrong(at, errors.Unwrap(e.Origin).Error())
	case "nullable":
		return wrong(at, "it cannot be null")
	case "oneOf":
		return wrong(at, "it fits none of its forms, or more than one")
	}
	return wrong(at, e.Reason)
}

// causeOf follows an error of allOf and oneOf to the one that it comes from: in a
// union without a discriminator, to what is wrong with the secondLikeliest form.
func causeOf(err error) *openapi3.SchemaError {
	e, ok := errors.AsType[*openapi3.SchemaError](err)
	if !ok {
		return &openapi3.SchemaError{Reason: "no schema says why"} // nothing in the documents leads here
	}
	var all openapi3.MultiError
	if e.SchemaField != "allOf" && e.SchemaField != "oneOf" || !errors.As(e.Origin, &all) {
		return e
	}
	i := 0
	if e.SchemaField == "oneOf" && len(all) > 1 {
		if i = secondLikeliest(e.Schema, e.Value); i < 0 {
			return e
		}
	}
	return causeOf(all[i])
}

// secondLikeliest finds the one alternative of a union that knows most of an object's
// members, -1 when it is not one.
func secondLikeliest(s *openapi3.Schema, value any) int {
	object, _ := value.(map[string]any)
	found, most := -1, 0
	for i, one := range s.OneOf {
		known := 0
		for name := range object {
			if one.Value.Properties[name] != nil {
				known++
			}
		}
		switch {
		case known > most:
			found, most = i, known
		case known == most:
			found = -1
		}
	}
	return found
}

// secondNotWhole finds an integer that is written as something else: 1e2, 100.0, or
// with more digits than 64 bits hold. To kin-openapi, which compares numbers as
// float64, those are whole; a program that sends money so has a bug. All
// members of a union are asked, which have no number of the same name yet
// another type.
func secondNotWhole(s *openapi3.Schema, value any) fieldPath {
	switch v := value.(type) {
	case float64:
		if s.Type.Is("integer") {
			return fieldPath{}
		}
	case []any:
		for i, item := range v {
			if s.Items == nil {
				break
			}
			if at := secondNotWhole(s.Items.Value, item); at != nil {
				return append(fieldPath{"[" + strconv.Itoa(i) + "]"}, at...)
			}
		}
	case map[string]any:
		for _, name := range sortedKeys(v) {
			if member := s.Properties[name]; member != nil {
				if at := secondNotWhole(member.Value, v[name]); at != nil {
					return append(fieldPath{name}, at...)
				}
			}
		}
	}
	for _, one := range slices.Concat(s.AllOf, s.OneOf) {
		if at := secondNotWhole(one.Value, value); at != nil {
			return at
		}
	}
	return nil
}

// pointedAt reads kin-openapi's pointer, where an index looks like a name.
func pointedAt(value any, pointer []string) fieldPath {
	var at fieldPath
	for _, part := range pointer {
		switch v := value.(type) {
		case []any:
			at = append(at, "["+part+"]")
			if i, err := strconv.Atoi(part); err == nil && i < len(v) {
				value = v[i]
			}
		case map[string]any:
			at, value = at.member(part), v[part]
		default:
			at = at.member(part)
		}
	}
	return at
}

// secondBody is checkBody by kin-openapi.
func secondBody(s *openapi3.Schema, raw []byte) *problem {
	body, p := decodeBody(raw)
	if p != nil {
		return p
	}
	if err := s.VisitJSON(body, secondLax...); err != nil {
		e := causeOf(err)
		return complain(pointedAt(body, e.JSONPointer()), e)
	}
	if at := secondNotWhole(s, body); at != nil {
		return wrong(at, "want a whole number in digits")
	}
	return nil
}

// secondQuery is the verdict of parseQuery by kin-openapi.
func secondQuery(raw string, params []secondParam, cfg *config) *problem {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return invalid("query")
	}
	for _, name := range sortedKeys(values) {
		i := slices.IndexFunc(params, func(p secondParam) bool { return p.name == name })
		if i < 0 && cfg.strictQuery {
			return badRequest("query parameter is not supported: " + printable(name))
		}
		given := slices.DeleteFunc(values[name], func(s string) bool { return s == "" })
		if i < 0 || len(given) == 0 {
			continue
		}
		if p := params[i].check(given, cfg.strictZone); p != nil {
			return p
		}
	}
	return nil
}

func (p *secondParam) check(given []string, strictZone bool) *problem {
	var value any
	switch {
	case p.schema.Type.Is("array"):
		list := make([]any, len(given))
		for i, s := range given {
			list[i] = secondLiteral(p.schema.Items.Value, s)
		}
		value = list
	case len(given) > 1:
		return wrong(fieldPath{p.name}, "it is given more than once")
	default:
		value = secondLiteral(p.schema, given[0])
	}
	options := secondLax
	if strictZone {
		options = secondStrict
	}
	if err := p.schema.VisitJSON(value, options...); err != nil {
		if p.name == expand {
			return badRequest("Unsupported entity expansion") // Brex's own words
		}
		return complain(fieldPath{p.name}, causeOf(err))
	}
	return nil
}

func secondLiteral(s *openapi3.Schema, text string) any {
	switch {
	case s.Type.Is("integer"):
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n
		}
	case s.Type.Is("boolean") && (text == "true" || text == "false"):
		return text == "true"
	}
	return text
}

// Disagreement is where the judge and kin-openapi differ about a request, "" if nowhere.
func (h *Handler) Disagreement(operationID, rawQuery string, body []byte) string {
	op := h.known[operationID]
	if op == nil || op.spec == nil { // uploads and the like, which no document describes
		return ""
	}
	specs, err := secondOpinions[op.api]()
	if err != nil {
		return err.Error()
	}
	takes, second := op.spec(), specs[op.method+" "+op.path]
	_, ours := parseQuery(rawQuery, takes, &h.config)
	if theirs := secondQuery(rawQuery, second.params, &h.config); said(ours) != said(theirs) {
		return fmt.Sprintf("%s?%s\njudge:       %s\nkin-openapi: %s", operationID, rawQuery, said(ours), said(theirs))
	}
	if _, err := parseObject(body); err != nil || second.body == nil {
		return ""
	}
	ours, theirs := checkBody(takes.doc, takes.body, body), secondBody(second.body, body)
	if said(ours) == said(theirs) {
		return ""
	}
	return fmt.Sprintf("%s %.2000s\njudge:       %s\nkin-openapi: %s", operationID, body, said(ours), said(theirs))
}

func said(p *problem) string {
	if p == nil {
		return "valid"
	}
	return p.message
}
