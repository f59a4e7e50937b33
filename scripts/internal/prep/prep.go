package prep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// obj is a JSON object of the document.
type obj = map[string]any

// Document is a prepared document.
type Document struct {
	API        string
	Root       obj              // the document with the x- extensions for oapi-codegen
	Operations []wire.Operation // one row per operation, sorted by path and method
	Notes      []string         // what Preview and Normalise passed over and Prepare would refuse
}

// prep holds the work on one document.
type prep struct {
	api     string
	lenient bool // what is not understood is noted and left as it is, see Normalise
	preview bool // what only an overlay can say may be missing, see Preview
	notes   []string
	root    obj
	schemas obj
	unions  map[string]*union // by component name
	updates map[string]bool   // components whose optional properties are tri-state
	ops     []wire.Operation
	errs    []error
}

// spelling are the rules that undo the ways of writing a document.
var spelling = []func(*prep){fold, resolve, modern, shape, propertyRequired, enums, decorators, choices, aliases, completeUnions, flatten}

// Prepare runs the rules over a document. overlayText may be empty.
func Prepare(api string, text, overlayText []byte) (*Document, error) {
	return run(&prep{api: api}, text, overlayText, hoist, operations, names, types, prose)
}

// Preview is Prepare for a document that the overlay has not been brought up to yet: actions without a target are passed over,
// operations without a class of access are taken for ones that move money, and Notes says so.
func Preview(api string, text, overlayText []byte) (*Document, error) {
	return run(&prep{api: api, preview: true}, text, overlayText, hoist, operations, names, types, prose)
}

// Normalise runs only the rules that undo the ways of writing a document, to compare it with another: no overlay, no Go. What
// the rules do not understand is left as it is, or left out where it is not OpenAPI at all; Notes says so.
func Normalise(api string, text []byte) (*Document, error) {
	return run(&prep{api: api, lenient: true}, text, nil, operations)
}

func run(p *prep, text, overlayText []byte, rules ...func(*prep)) (*Document, error) {
	node, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.api, err)
	}
	annotate(node)
	if len(bytes.TrimSpace(overlayText)) > 0 {
		if err := p.applyOverlay(node, overlayText); err != nil {
			return nil, fmt.Errorf("%s: overlay: %w", p.api, err)
		}
	}
	if err := node.Decode(&p.root); err != nil {
		return nil, fmt.Errorf("%s: %w", p.api, err)
	}
	components, _ := p.root["components"].(obj)
	p.schemas, _ = components["schemas"].(obj)
	if _, ok := p.root["paths"].(obj); !ok || p.schemas == nil {
		return nil, fmt.Errorf("%s: not an OpenAPI document: paths or components.schemas are missing", p.api)
	}
	p.unions, p.updates = map[string]*union{}, map[string]bool{}
	for _, rule := range slices.Concat(spelling, rules) {
		rule(p)
		if len(p.errs) > 0 {
			return nil, fmt.Errorf("%s: %w", p.api, errors.Join(p.errs...))
		}
	}
	return &Document{API: p.api, Root: p.root, Operations: p.ops, Notes: p.notes}, nil
}

// JSON is the document with sorted keys, for oapi-codegen.
func (d *Document) JSON() ([]byte, error) {
	return json.MarshalIndent(d.Root, "", " ")
}

// Plain is the document without prose and extensions, for validators: small, and with nothing of Go in it.
func (d *Document) Plain() ([]byte, error) {
	b, err := json.Marshal(d.Root)
	if err != nil {
		return nil, err
	}
	var root obj
	if err := json.Unmarshal(b, &root); err != nil {
		return nil, err
	}
	components, _ := root["components"].(obj)
	schemas, _ := components["schemas"].(obj)
	for _, s := range schemas {
		constants(s)
		anyAgain(s)
	}
	strip(root, "")
	return json.MarshalIndent(root, "", " ")
}

// constants fixes the values that mark the members of a union without a discriminator: the published members admit those
// of all others too, so that every value would match several.
func constants(v any) {
	s, _ := v.(obj)
	match, _ := s["x-brex-match"].(obj)
	props, _ := s["properties"].(obj)
	for name, value := range match {
		props[name] = obj{"type": "string", "enum": []any{value}}
	}
}

// anyAgain gives back its anyOf to a union that the rules took for a oneOf.
func anyAgain(v any) {
	if s, _ := v.(obj); s["x-brex-any"] == true {
		s["anyOf"] = s["oneOf"]
		delete(s, "oneOf")
	}
}

// named are the keywords whose object has names of the document for keys, not keywords.
var named = map[string]bool{"properties": true, "schemas": true, "paths": true, "responses": true, "mapping": true,
	"parameters": true, "requestBodies": true, "headers": true, "scopes": true, "securitySchemes": true, "content": true}

// strip removes x- extensions, prose, examples and defaults from what stands under a keyword: none of them is a fact that a
// request or a response can be held against, and an example that does not fit its schema fails a whole document. Names of
// the document are not touched.
func strip(v any, keyword string) {
	switch v := v.(type) {
	case obj:
		for k, child := range v {
			switch {
			case named[keyword]:
				inside := ""
				if keyword == "responses" {
					inside = "response" // whose description OpenAPI demands
				}
				strip(child, inside)
			case strings.HasPrefix(k, "x-"), k == "summary", k == "description" && keyword != "response",
				k == "example", k == "examples", k == "default":
				delete(v, k)
			case k == "enum":
			default:
				strip(child, k)
			}
		}
	case []any:
		for _, child := range v {
			strip(child, "")
		}
	}
}

// unsupported refuses what the rules do not understand, or notes it where a document is only compared.
func (p *prep) unsupported(format string, args ...any) {
	if p.lenient {
		p.notes = append(p.notes, fmt.Sprintf(format, args...))
		return
	}
	p.fail(format, args...)
}

func (p *prep) fail(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}
