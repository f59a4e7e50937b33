package agent

import (
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/brex-go/sdk/brex"
)

// LoadPolicy reads a policy and the files it names, which are beside it. Anything unknown in it, a
// key that occurs twice and a line that is missing are errors that name the line and the field.
func LoadPolicy(path string) (*Policy, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPolicy, err)
	}
	return ParsePolicy(filepath.Base(path), text, func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(filepath.Dir(path), name))
	})
}

// ParsePolicy reads a policy from memory. name is for errors; file reads a file that the policy
// names.
func ParsePolicy(name string, text []byte, file func(name string) ([]byte, error)) (*Policy, error) {
	var doc yaml.Node
	dec := yaml.NewDecoder(strings.NewReader(string(text)))
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrPolicy, name, err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %s: more than one document", ErrPolicy, name)
	}
	hash := sha256.New()
	_, _ = hash.Write(text) // never fails
	r := &reader{name: name, lines: strings.Split(string(text), "\n"), file: func(n string) ([]byte, error) {
		data, err := file(n)
		_, _ = fmt.Fprintf(hash, "\x00%s\x00%d\x00%s", n, len(data), data)
		return data, err
	}}
	p := r.policy(doc.Content[0])
	if r.err != nil {
		return nil, r.err
	}
	p.text, p.hash = text, fmt.Sprintf("sha256:%x", hash.Sum(nil))
	return p, nil
}

// reader reads a policy and keeps the first error.
type reader struct {
	name  string
	lines []string
	file  func(string) ([]byte, error)
	err   error
}

func (r *reader) fail(n *yaml.Node, place, format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s:%d: %s: %s", ErrPolicy, r.name, n.Line, place, fmt.Sprintf(format, args...))
	}
}

// member is a key of a mapping with its value.
type member struct {
	key   string
	value *yaml.Node
	place string
}

// mapping returns the members of a mapping in their order, each once.
func (r *reader) mapping(n *yaml.Node, place string) (all []member) {
	if n.Kind != yaml.MappingNode || n.Anchor != "" {
		r.fail(n, place, "must be a mapping of names to values, without anchors")
		return nil
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := r.text(n.Content[i], place)
		here := strings.TrimPrefix(place+"."+key, ".")
		if seen[key] {
			r.fail(n.Content[i], here, "is there twice")
		}
		seen[key] = true
		all = append(all, member{key, n.Content[i+1], here})
	}
	return all
}

// fields calls the reader of each member by its name. One that is not known is an error, and so is
// one that is needed and missing.
func (r *reader) fields(n *yaml.Node, place string, known map[string]func(*yaml.Node, string), needed ...string) (there []string) {
	for _, m := range r.mapping(n, place) {
		read, ok := known[m.key]
		if !ok {
			r.fail(m.value, m.place, "is not known; known are %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
			return there
		}
		read(m.value, m.place)
		there = append(there, m.key)
	}
	r.require(n, place, there, needed)
	return there
}

func (r *reader) require(n *yaml.Node, place string, there, needed []string) {
	for _, name := range needed {
		if !slices.Contains(there, name) {
			r.fail(n, strings.TrimPrefix(place+"."+name, "."), "is missing")
		}
	}
}

// text returns a scalar that stands on one line: of one that goes over several, a line could be lost.
func (r *reader) text(n *yaml.Node, place string) string {
	line := ""
	if n.Line >= 1 && n.Line <= len(r.lines) && n.Column >= 1 && n.Column-1 < len(r.lines[n.Line-1]) {
		line = r.lines[n.Line-1][n.Column-1:]
	}
	whole := strings.HasPrefix(line, n.Value)
	if quote := n.Style & (yaml.SingleQuotedStyle | yaml.DoubleQuotedStyle); quote != 0 {
		whole = len(line) > 1 && strings.ContainsRune(line[1:], rune(line[0]))
	}
	switch {
	case n.Kind != yaml.ScalarNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0:
		r.fail(n, place, "must be one value, without an anchor, an alias or a tag")
	case n.Value == "":
		r.fail(n, place, "is empty")
	case !whole:
		r.fail(n, place, "must stand on one line")
	}
	return n.Value
}

// list returns one value or a list of them in brackets: the items of one with hyphens would become
// those of another when the line with its name is lost.
func (r *reader) list(n *yaml.Node, place string) (all []string) {
	if n.Kind != yaml.SequenceNode {
		return []string{r.text(n, place)}
	}
	if n.Style&yaml.FlowStyle == 0 || n.Anchor != "" {
		r.fail(n, place, "must be a list in brackets, like [a, b]")
	}
	for _, item := range n.Content {
		all = append(all, r.text(item, place))
	}
	if len(all) == 0 {
		r.fail(n, place, "is empty")
	}
	return all
}

// nameOf is what agents and approvers may be called.
var nameOf = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$`)

func (r *reader) policy(n *yaml.Node) *Policy {
	p := &Policy{agents: map[string]*agentRules{}, zone: time.UTC}
	there := r.fields(n, "", map[string]func(*yaml.Node, string){
		"version": func(n *yaml.Node, place string) {
			if r.text(n, place) != "1" {
				r.fail(n, place, "must be 1")
			}
		},
		"company": func(n *yaml.Node, place string) { p.company = r.text(n, place) },
		"zone": func(n *yaml.Node, place string) {
			zone, err := time.LoadLocation(r.text(n, place))
			if err != nil || n.Value == "Local" {
				r.fail(n, place, "%q is not a time zone like America/New_York", n.Value)
				return
			}
			p.zone = zone
		},
		"agents": func(n *yaml.Node, place string) {
			for _, m := range r.mapping(n, place) {
				if !nameOf.MatchString(m.key) {
					r.fail(m.value, m.place, "the name of an agent has letters, digits and ._@- only")
				}
				p.agents[m.key] = r.agent(m)
			}
		},
	}, "version", "agents")
	for _, a := range p.agents {
		for _, g := range a.grants {
			if g.effects {
				r.require(n, "", there, []string{"company", "zone"}) // of what moves money, and when
			}
		}
	}
	return p
}

func (r *reader) agent(m member) *agentRules {
	a := &agentRules{name: m.key, rows: defaultRows, grants: map[string]*grant{}}
	known := map[string]func(*yaml.Node, string){
		"calls": func(n *yaml.Node, place string) {
			number, ok := strings.CutSuffix(r.text(n, place), "/min")
			a.calls = r.number(n, place, number, 1, 1000, "like 30/min")
			if !ok {
				r.fail(n, place, "%q is not a number of calls a minute, like 30/min", n.Value)
			}
		},
		"rows": func(n *yaml.Node, place string) {
			a.rows = r.number(n, place, r.text(n, place), defaultRows, maxRows, "of rows")
		},
		"same_user_approves": func(n *yaml.Node, place string) {
			if a.sameUser = r.text(n, place) == "true"; !a.sameUser {
				r.fail(n, place, "must be true, or left out")
			}
		},
	}
	for _, resource := range Resources() {
		known[resource] = func(n *yaml.Node, place string) {
			if g := r.grant(n, place, resource); g != nil {
				a.grants[resource] = g
			}
		}
	}
	r.fields(m.value, m.place, known, "calls")
	return a
}

func (r *reader) number(n *yaml.Node, place, text string, least, most int, what string) int {
	v, err := strconv.Atoi(text)
	if err != nil || v < least || v > most {
		r.fail(n, place, "%q is not a number from %d to %d %s", n.Value, least, most, what)
	}
	return v
}

// payees reads ids from a list, or from the first column of a CSV file.
func (r *reader) payees(n *yaml.Node, place string) map[string]bool {
	values := r.list(n, place)
	ids := map[string]bool{}
	if name, ok := strings.CutPrefix(values[0], "file:"); ok && len(values) == 1 {
		values = r.column(n, place, name)
	}
	for _, id := range values {
		if strings.HasPrefix(id, "file:") || id == any_ && len(values) > 1 {
			r.fail(n, place, "%q must be the only value", id)
		}
		ids[id] = true
	}
	return ids
}

func (r *reader) column(n *yaml.Node, place, name string) (ids []string) {
	if !filepath.IsLocal(name) {
		r.fail(n, place, "%q must be a file beside the policy", name)
		return nil
	}
	data, err := r.file(name)
	if err != nil {
		r.fail(n, place, "%v", err)
		return nil
	}
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err != nil || len(rows) == 0 || rows[0][0] != "payment_instrument_id" {
		r.fail(n, place, "%s must be a CSV file whose first column is payment_instrument_id", name)
		return nil
	}
	for _, row := range rows[1:] {
		if row[0] == "" || row[0] == any_ {
			r.fail(n, place, "%s has a row without an id", name)
		}
		ids = append(ids, row[0])
	}
	return ids
}

// operation reads the name of an operation of a resource.
func (r *reader) operation(n *yaml.Node, place, name, resource string) *brex.Operation {
	op, ok := brex.LookupOperation(name)
	switch {
	case !ok:
		r.fail(n, place, "%q is not an operation", name)
		return nil
	case ResourceOf(op) != resource:
		r.fail(n, place, "%s is an operation of %s", name, ResourceOf(op))
	case never[op.ID]:
		r.fail(n, place, "%s shows card numbers, and can never be granted", name)
	}
	return op
}
