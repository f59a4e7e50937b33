package mirror

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/brex-go/sdk/gen/tables"
)

// hiding is what happens to a member of an object.
type hiding uint8

const (
	shown hiding = iota
	dropped
	lastFour
	hashed
)

// filter is the tree of an object's members for which there is a rule.
type filter struct {
	hide    hiding
	known   bool // documented, and not a secret
	members map[string]*filter
}

// at is the node of a path, made where it is missing.
func (f *filter) at(path []string) *filter {
	for _, name := range path {
		if f.members == nil {
			f.members = map[string]*filter{}
		}
		if f.members[name] == nil {
			f.members[name] = &filter{}
		}
		f = f.members[name]
	}
	return f
}

// privacy is what is kept of the objects of all streams.
type privacy struct {
	accountNumbers bool
	rules          []rule
	key            []byte   // of hashes
	forgotten      []string // ids of users
}

// rule hides the member of a table's objects that a column shows.
type rule struct {
	name  string // stream.column
	table *Table
	path  []string
	hide  hiding
}

// hideAll adds a rule for each name.
func (p *privacy) hideAll(option string, names []string, hide hiding) error {
	for _, name := range names {
		r, err := newRule(name, hide)
		if err != nil {
			return fmt.Errorf("mirror: %s: %w", option, err)
		}
		p.rules = append(p.rules, r)
	}
	return nil
}

func newRule(name string, hide hiding) (r rule, err error) {
	stream, column, _ := strings.Cut(name, ".")
	for _, t := range tables.All {
		columns, prefix := t.Columns, []string(nil)
		if t.Name != stream {
			i := slices.IndexFunc(t.Children, func(c childTable) bool { return c.Name == stream })
			if i < 0 {
				continue
			}
			columns, prefix = t.Children[i].Columns, t.Children[i].Path
		}
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == column })
		switch {
		case i < 0:
			continue
		case len(columns[i].Path) == 0 || stream == t.Name && slices.Contains(t.Key, column):
			return r, fmt.Errorf("%s is a key or comes from no member: it cannot be excluded or hashed", name)
		}
		return rule{name, t, slices.Concat(prefix, columns[i].Path), hide}, nil
	}
	return r, fmt.Errorf("%q is not stream.column of a table, like users.email", name)
}

// fingerprint changes when all rows of a table have to be read anew, because it has other columns or other rules hold. It does not
// show the key.
func (j *job) fingerprint() string {
	p, t := &j.rules, j.table
	var rules []string
	for _, r := range p.rules {
		rules = append(rules, fmt.Sprintf("%s %d", r.name, r.hide))
	}
	slices.Sort(rules)
	mac := hmac.New(sha256.New, p.key)
	fmt.Fprintf(mac, "%v %q", p.accountNumbers, rules)
	for _, columns := range append([][]Column{t.Columns}, childColumns(t)...) {
		for _, c := range columns {
			fmt.Fprintf(mac, " %q %q %s", c.Name, c.Path, c.Type)
		}
	}
	return hex.EncodeToString(mac.Sum(nil)[:8])
}

func childColumns(t *Table) (all [][]Column) {
	for _, c := range t.Children {
		all = append(all, c.Columns)
	}
	return all
}

// filterOf makes the filter of a table.
func (p *privacy) filterOf(t *Table) *filter {
	f := &filter{}
	for _, path := range t.Declared {
		f.at(strings.Split(path, ".")).known = true
	}
	for _, h := range t.Hidden {
		node := f.at(strings.Split(h.Path, "."))
		switch {
		case !h.LastFour:
			node.hide = dropped
		case !p.accountNumbers:
			node.hide = lastFour
		default:
			node.known = true
		}
	}
	for _, r := range p.rules {
		if r.table == t {
			f.at(r.path).hide = r.hide
		}
	}
	return f
}

// apply filters a decoded object in place. Members that no document has, but that are named like a secret, are taken for one.
func (p *privacy) apply(v any, f *filter) any {
	switch v := v.(type) {
	case map[string]any:
		for name, value := range v {
			var node *filter
			if f != nil {
				node = f.members[name]
			}
			hide := shown
			if node != nil {
				hide = node.hide
			}
			if account, secret := tables.SecretNames[name]; secret && hide == shown && (node == nil || !node.known) {
				hide = dropped
				if account {
					hide = lastFour
					if p.accountNumbers {
						hide = shown
					}
				}
			}
			switch hide {
			case dropped:
				delete(v, name)
			case lastFour:
				v[name] = lastOf(value)
			case hashed:
				v[name] = p.hashOf(value)
			default:
				v[name] = p.apply(value, node)
			}
		}
		return v
	case []any:
		for i := range v {
			v[i] = p.apply(v[i], f)
		}
		return v
	case string:
		if strings.IndexByte(v, 0) >= 0 {
			return strings.ReplaceAll(v, "\x00", "") // no database takes it
		}
		return v
	}
	return v
}

// lastOf shows the end of an account number, in the way of wire.Secret.
func lastOf(value any) any {
	s, ok := value.(string)
	switch {
	case value == nil || ok && s == "":
		return value
	case ok && len(s) > 8:
		return "*" + s[len(s)-4:]
	}
	return "*"
}

// hashOf is the keyed hash of a value: equal values have equal hashes, and nothing can be read from one without the key.
func (p *privacy) hashOf(value any) any {
	if value == nil {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		b, err := json.Marshal(value)
		if err != nil {
			return nil
		}
		text = string(b)
	}
	mac := hmac.New(sha256.New, p.key)
	mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))
}

// subjects are the columns whose user a row is about.
var subjects = []string{"user_id", "owner_user_id", "traveler_user_id"}

// about reports whether a row is about a user who is to be forgotten.
func (p *privacy) about(t *Table, r *Row) bool {
	for i, c := range t.Columns {
		id, _ := r.Values[i].(string)
		if id != "" && (slices.Contains(subjects, c.Name) || t.Name == "users" && c.Name == "id") && slices.Contains(p.forgotten, id) {
			return true
		}
	}
	return false
}

// scrub removes what an object says about users who are to be forgotten: their ids, and the objects that describe them.
func (p *privacy) scrub(v any) any {
	switch v := v.(type) {
	case map[string]any:
		if id, ok := v["id"].(string); ok && slices.Contains(p.forgotten, id) {
			return nil
		}
		for name := range v {
			v[name] = p.scrub(v[name])
		}
	case []any:
		for i := range v {
			v[i] = p.scrub(v[i])
		}
	case string:
		if slices.Contains(p.forgotten, v) {
			return nil
		}
	}
	return v
}
