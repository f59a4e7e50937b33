package prep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/speakeasy-api/openapi/overlay"
	"gopkg.in/yaml.v3" // the version whose nodes the overlay library takes
)

// maxDepth is how deep a JSON document may nest; the YAML library has a limit of its own.
const maxDepth = 1000

// parse reads YAML or JSON, keeping the order of members.
func parse(text []byte) (*yaml.Node, error) {
	text = bytes.TrimSpace(bytes.TrimPrefix(text, []byte("\uFEFF")))
	if len(text) == 0 {
		return nil, errors.New("the document is empty")
	}
	if text[0] == '<' {
		return nil, errors.New("the document is HTML or XML, not OpenAPI")
	}
	var node yaml.Node
	if text[0] == '{' {
		root, err := parseJSON(text)
		if err != nil {
			return nil, err
		}
		node = yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{root}}
	} else if err := yaml.Unmarshal(text, &node); err != nil {
		return nil, err
	}
	if len(node.Content) != 1 || node.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("the document is not an object")
	}
	textual(&node)
	return &node, nil
}

// parseJSON reads JSON token by token: the YAML reader would trip over tabs, surrogate pairs and long names.
func parseJSON(text []byte) (*yaml.Node, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	root, err := jsonValue(dec, 0)
	if err == nil {
		if _, extra := dec.Token(); extra != io.EOF {
			err = errors.New("something follows the document")
		}
	}
	if err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	return root, nil
}

func jsonValue(dec *json.Decoder, depth int) (*yaml.Node, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested deeper than %d", maxDepth)
	}
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if t == '{' {
			n = &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		}
		// Names of members come as values of their own, in front of what they name.
		for dec.More() {
			child, err := jsonValue(dec, depth+1)
			if err != nil {
				return nil, err
			}
			n.Content = append(n.Content, child)
		}
		_, err := dec.Token() // the closing delimiter
		return n, err
	case string:
		return scalar("!!str", t), nil
	case json.Number:
		if _, err := t.Int64(); err == nil {
			return scalar("!!int", t.String()), nil
		}
		return scalar("!!float", t.String()), nil
	case bool:
		return scalar("!!bool", strconv.FormatBool(t)), nil
	default:
		return scalar("!!null", "null"), nil
	}
}

func scalar(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// textual makes texts of what YAML takes for something else and JSON does not know: keys such as an unquoted 200, and
// dates.
func textual(n *yaml.Node) {
	for i, c := range n.Content {
		if c.Kind == yaml.ScalarNode {
			isKey := n.Kind == yaml.MappingNode && i%2 == 0
			if tag := c.ShortTag(); isKey && tag != "!!merge" || tag == "!!timestamp" {
				c.Tag = "!!str"
			}
		}
		textual(c)
	}
}

// applyOverlay changes the document as the overlay says. An action without a target is an error, or a note in a preview.
func (p *prep) applyOverlay(node *yaml.Node, text []byte) error {
	var o overlay.Overlay
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&o); err != nil {
		return err
	}
	if err := o.Validate(); err != nil {
		return err
	}
	var stale []error
	actions := o.Actions
	for i, action := range actions {
		target, err := o.NewPath(action.Target, nil)
		if err != nil {
			return fmt.Errorf("action %d: %s: %w", i+1, action.Target, err)
		}
		if len(target.Query(node)) == 0 {
			stale = append(stale, fmt.Errorf("action %d has no target any more: the document has no %s; mend or delete it", i+1, action.Target))
			continue
		}
		o.Actions = actions[i : i+1]
		warnings, err := o.ApplyToStrict(node)
		if err != nil {
			return err
		}
		if len(warnings) > 0 {
			return fmt.Errorf("action %d: %s", i+1, strings.Join(warnings, "; "))
		}
	}
	if !p.preview {
		return errors.Join(stale...)
	}
	for _, err := range stale {
		p.notes = append(p.notes, fmt.Sprintf("openapi/overlays/%s.yaml: %v", p.api, err))
	}
	return nil
}

// annotate adds x-order to every property and x-brex-operation-id to every operation, before an overlay renames anything
// and maps lose the order. Examples and defaults are data and stay as they are.
func annotate(n *yaml.Node) {
	for i, c := range n.Content {
		if n.Kind != yaml.MappingNode {
			annotate(c)
			continue
		}
		if i%2 == 0 {
			continue
		}
		switch key := n.Content[i-1].Value; {
		case key == "example" || key == "examples" || key == "default" || key == "enum":
		case key == "schema":
			annotateSchema(c)
		case key == "schemas":
			eachValue(c, func(_ int, s *yaml.Node) { annotateSchema(s) })
		default:
			if key == "operationId" && c.Kind == yaml.ScalarNode {
				setNode(n, "x-brex-operation-id", "!!str", c.Value)
			}
			annotate(c)
		}
	}
}

func annotateSchema(s *yaml.Node) {
	if s.Kind == yaml.SequenceNode { // allOf and its like
		for _, c := range s.Content {
			annotateSchema(c)
		}
		return
	}
	if s.Kind != yaml.MappingNode {
		return
	}
	for i := 1; i < len(s.Content); i += 2 {
		switch s.Content[i-1].Value {
		case "properties":
			eachValue(s.Content[i], func(i int, c *yaml.Node) {
				if c.Kind == yaml.MappingNode {
					setNode(c, "x-order", "!!int", strconv.Itoa(i+1))
				}
				annotateSchema(c)
			})
		case "items", "additionalProperties", "not", "allOf", "oneOf", "anyOf":
			annotateSchema(s.Content[i])
		}
	}
}

func eachValue(m *yaml.Node, f func(i int, value *yaml.Node)) {
	if m.Kind != yaml.MappingNode {
		return
	}
	for i := 1; i < len(m.Content); i += 2 {
		f(i/2, m.Content[i])
	}
}

// setNode sets a member of a mapping, replacing one that is there.
func setNode(m *yaml.Node, key, tag, value string) {
	for i := 1; i < len(m.Content); i += 2 {
		if m.Content[i-1].Value == key {
			m.Content[i] = scalar(tag, value)
			return
		}
	}
	m.Content = append(m.Content, scalar("!!str", key), scalar(tag, value))
}
