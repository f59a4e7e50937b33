package prep

import (
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// flatDepth is how many objects deep members become columns of their own.
const flatDepth = 2

// object adds the columns of an object's members. path leads to it, prefix names its columns.
func (t *tables) object(s obj, path, prefix []string, depth int) {
	props, _ := s["properties"].(obj)
	names := sorted(props)
	slices.SortStableFunc(names, func(a, b string) int { return order(props[a]) - order(props[b]) })
	for _, name := range names {
		if c, ok := props[name].(obj); ok {
			t.member(c, name, append(slices.Clone(path), name), join(prefix, snake(name)), depth)
		}
	}
}

// join names the column of a member, without saying a word twice: payment, payment_instrument.
func join(prefix []string, name string) []string {
	if n := len(prefix); n > 0 && strings.HasPrefix(name, prefix[n-1]+"_") {
		prefix = prefix[:n-1]
	}
	return append(slices.Clone(prefix), name)
}

// member adds the columns of one member.
func (t *tables) member(c obj, name string, path, column []string, depth int) {
	dotted := strings.Join(path, ".")
	if _, ok := t.excluded[dotted]; ok {
		t.excluded[dotted] = true
		return
	}
	s, doc := t.target(c), firstSentence(text(c["description"]))
	if doc == "" {
		doc = firstSentence(text(s["description"]))
	}
	col := wire.Column{Name: strings.Join(column, "_"), Path: path, Doc: doc, Enum: stringList(s["enum"])}
	switch {
	case isSecret(name, s) || isSecret(name, c):
		t.table.Hidden = append(t.table.Hidden, wire.HiddenMember{Path: dotted, LastFour: accountNumbers[name]})
		if accountNumbers[name] {
			col.Type, col.Doc = wire.ColumnString, doc+" The last four characters, unless all of it was asked for."
			t.add(col)
		}
	case isMoney(s), isDecimalMoney(s):
		t.money(s, col)
	case s["oneOf"] != nil:
		t.union(s, path, column, depth)
		t.hide(s, dotted)
		col.Type = wire.ColumnJSON
		t.add(col)
	case s["properties"] != nil && depth < flatDepth:
		t.object(s, path, column, depth+1)
	case s["type"] == "array" && t.children[dotted] != "":
		t.child(s, path, dotted)
	default:
		col.Type = columnType(s)
		t.hide(s, dotted)
		t.add(col)
	}
	if !isSecret(name, s) && !isSecret(name, c) {
		t.declare(dotted)
	}
}

// declare notes a member that is not a secret. Which names are those of secrets depends on all documents; the caller keeps what
// shares one.
func (t *tables) declare(dotted string) { t.table.Declared = append(t.table.Declared, dotted) }

// isDecimalMoney recognises an amount that is a decimal number of major units, as in accounting.
func isDecimalMoney(s obj) bool {
	props, _ := s["properties"].(obj)
	amount, _ := props["amount"].(obj)
	return len(props) == 2 && props["currency"] != nil && amount["type"] == "number"
}

func (t *tables) money(s obj, col wire.Column) {
	amount, currency := col, col
	amount.Path, amount.Type = append(slices.Clone(col.Path), "amount"), wire.ColumnDecimal
	if isMoney(s) {
		amount.Name, amount.Type = col.Name+"_minor", wire.ColumnInteger
	}
	currency.Name, currency.Path, currency.Type = col.Name+"_currency", append(slices.Clone(col.Path), "currency"), wire.ColumnString
	amount.Currency, currency.Doc = currency.Name, "Currency of "+amount.Name+", ISO 4217."
	t.add(amount)
	t.add(currency)
}

// union adds the members that all forms of a union have, with the same type.
func (t *tables) union(s obj, path, column []string, depth int) {
	var forms []obj
	for _, m := range list(s["oneOf"]) {
		o, _ := m.(obj)
		forms = append(forms, t.target(o))
	}
	common := obj{}
	first, _ := forms[0]["properties"].(obj)
	for name, v := range first {
		c, _ := v.(obj)
		same := !isSecret(name, t.target(c)) && columnType(t.target(c)) != wire.ColumnJSON
		for _, form := range forms[1:] {
			props, _ := form["properties"].(obj)
			other, ok := props[name].(obj)
			same = same && ok && columnType(t.target(other)) == columnType(t.target(c))
		}
		if same {
			common[name] = v
		}
	}
	if depth < flatDepth {
		t.object(obj{"properties": common}, path, column, depth+1)
	}
}

// child makes a table of an array of objects.
func (t *tables) child(s obj, path []string, dotted string) {
	child := wire.ChildTable{Name: t.children[dotted], Path: path}
	delete(t.children, dotted)
	items, _ := s["items"].(obj)
	inner := &tables{prep: t.prep, table: &Table{}, excluded: map[string]bool{}, children: map[string]string{}, used: map[string]string{}, columns: &child.Columns}
	for path := range t.excluded {
		if rest, ok := strings.CutPrefix(path, dotted+"."); ok {
			inner.excluded[rest] = false
		}
	}
	item := t.target(items)
	inner.object(item, nil, nil, 0)
	for path, used := range inner.excluded {
		t.excluded[dotted+"."+path] = used
	}
	for _, h := range inner.table.Hidden {
		t.table.Hidden = append(t.table.Hidden, wire.HiddenMember{Path: dotted + "." + h.Path, LastFour: h.LastFour})
	}
	for _, d := range inner.table.Declared {
		t.table.Declared = append(t.table.Declared, dotted+"."+d)
	}
	t.table.Children = append(t.table.Children, child)
}

// hide notes the secrets inside a value that is kept as JSON.
func (t *tables) hide(s obj, dotted string) {
	s = t.target(s)
	for _, c := range children(s) {
		if s["properties"] == nil {
			t.hide(c, dotted)
		}
	}
	props, _ := s["properties"].(obj)
	for _, name := range sorted(props) {
		c, _ := props[name].(obj)
		at, inner := dotted+"."+name, t.target(c)
		if _, ok := t.excluded[at]; ok {
			t.excluded[at] = true
			continue
		}
		secret := isSecret(name, inner) || isSecret(name, c)
		known := slices.ContainsFunc(t.table.Hidden, func(h wire.HiddenMember) bool { return h.Path == at })
		if secret && !known {
			t.table.Hidden = append(t.table.Hidden, wire.HiddenMember{Path: at, LastFour: accountNumbers[name]})
		}
		if !secret {
			t.declare(at)
			t.hide(inner, at)
		}
	}
}

// longestName is the length of the names that PostgreSQL keeps.
const longestName = 63

func (t *tables) add(c wire.Column) {
	path := strings.Join(c.Path, ".")
	if other, ok := t.used[c.Name]; ok {
		t.fail("%s: the members %s and %s would share the column %s: exclude one", t.table.Name, other, path, c.Name)
	}
	if len(c.Name) > longestName-len("_currency") {
		t.fail("%s: the column %s is longer than a database takes", t.table.Name, c.Name)
	}
	t.used[c.Name] = path
	*t.columns = append(*t.columns, c)
}

func columnType(s obj) wire.ColumnType {
	format := text(s["format"])
	switch s["type"] {
	case "string":
		switch format {
		case "date-time":
			return wire.ColumnTime
		case "date":
			return wire.ColumnDate
		}
		return wire.ColumnString
	case "integer":
		return wire.ColumnInteger
	case "number":
		if format == "int32" || format == "int64" {
			return wire.ColumnInteger
		}
		return wire.ColumnDecimal
	case "boolean":
		return wire.ColumnBoolean
	}
	return wire.ColumnJSON
}

func order(v any) int {
	c, _ := v.(obj)
	n, _ := number(c["x-order"])
	return n
}

// snake is a name in lower case with underscores: displayName becomes display_name.
func snake(name string) string { return strings.ToLower(strings.Join(words(name), "_")) }

// firstSentence is the beginning of a description, on one line.
func firstSentence(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.Index(s, ". "); i >= 0 {
		s = s[:i+1]
	}
	return s
}
