package prep

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/brex-go/sdk/brex/wire"
)

// Table is a table of the document; Table.List and Get of the wire.Table are named here, because the rows of the operation
// table are other variables.
type Table struct {
	wire.Table
	ListName, GetName string // Go names of the operations
}

// accountNumbers are the secrets of which a copy may hold the last four characters.
var accountNumbers = map[string]bool{"account_number": true, "bank_account_number": true, "iban": true, "swift_account_number": true}

// tables works on one document.
type tables struct {
	*prep
	table    *Table
	excluded map[string]bool
	children map[string]string // array's path to the child table's name
	columns  *[]wire.Column
	used     map[string]string // column to path
}

// Tables are the tables that the overlay makes of the document's lists. A list must be a table, or be told not to be one:
// what is copied of people and money is for a person to say.
func (d *Document) Tables() ([]Table, error) {
	components, _ := d.Root["components"].(obj)
	schemas, _ := components["schemas"].(obj)
	p := &prep{api: d.API, root: d.Root, schemas: schemas, ops: d.Operations}
	var all []Table
	for _, n := range p.everyOperation() {
		row := p.rowOf(n)
		word, said := n.node["x-brex-table"]
		switch {
		case !said && row.Paginated:
			p.fail("%s (%s) is a list: say in openapi/overlays/%s.yaml, as x-brex-table, which table it is, or false", n, row.ID, d.API)
		case said && word != false:
			spec, _ := word.(obj)
			if t := p.readTable(n, row, spec); t != nil {
				all = append(all, *t)
			}
		}
	}
	if len(p.errs) > 0 {
		return nil, fmt.Errorf("%s: tables: %w", d.API, errors.Join(p.errs...))
	}
	slices.SortFunc(all, func(a, b Table) int { return cmp.Compare(a.Name, b.Name) })
	return all, nil
}

// SecretNames are the names of all members of the documents that hold secrets; true for account numbers.
func SecretNames(docs []*Document) map[string]bool {
	names := map[string]bool{}
	for name := range secretNames {
		names[name] = accountNumbers[name]
	}
	for _, d := range docs {
		components, _ := d.Root["components"].(obj)
		schemas, _ := components["schemas"].(obj)
		for _, s := range schemas {
			o, _ := s.(obj)
			props, _ := o["properties"].(obj)
			for name, v := range props {
				if c, ok := v.(obj); ok && isSecret(name, c) {
					names[name] = accountNumbers[name]
				}
			}
		}
	}
	return names
}

func isSecret(name string, c obj) bool {
	return c["type"] == "string" && (secretNames[name] || c["x-brex-secret"] == true)
}

func (p *prep) rowOf(n opNode) wire.Operation {
	i := slices.IndexFunc(p.ops, func(r wire.Operation) bool { return r.Method == n.method && r.Path == n.path })
	return p.ops[i]
}

// readTable makes the table of a list as the overlay describes it.
func (p *prep) readTable(n opNode, row wire.Operation, spec obj) *Table {
	t := &tables{prep: p, table: &Table{}, excluded: map[string]bool{}, children: map[string]string{}, used: map[string]string{}}
	t.table.Name, t.table.ListName = text(spec["name"]), row.GoName
	query, _ := spec["query"].(obj)
	t.table.Query = query
	for _, path := range stringList(spec["exclude"]) {
		t.excluded[path] = false
	}
	item := p.rowSchema(okSchema(n.node))
	if t.table.Name == "" || item == nil {
		p.fail("%s: x-brex-table needs a name, and an operation whose result holds objects", n)
		return nil
	}
	t.table.Doc = firstSentence(text(item["description"]))
	if names, ok := spec["children"].(obj); ok {
		for path := range names {
			t.children[path] = text(names[path])
		}
	}
	t.columns = &t.table.Columns
	t.parent(n, row, spec)
	t.object(item, nil, nil, 0)
	t.key(n, spec)
	t.table.Watermark, t.table.Range = t.bounds(n, row, spec, "watermark"), t.bounds(n, row, spec, "range")
	t.table.Age = text(spec["age"])
	if t.table.Age != "" && t.instant(t.table.Age) < 0 {
		p.fail("%s: x-brex-table: the age %s is not a column of times or days", n, t.table.Age)
	}
	for _, path := range sorted(toObj(t.excluded)) {
		if !t.excluded[path] {
			p.fail("%s: x-brex-table excludes %s, which is not a member", n, path)
		}
		t.table.Hidden = append(t.table.Hidden, wire.HiddenMember{Path: path})
	}
	for path := range t.children {
		p.fail("%s: x-brex-table makes a child of %s, which is not an array of objects", n, path)
	}
	slices.SortFunc(t.table.Hidden, func(a, b wire.HiddenMember) int { return cmp.Compare(a.Path, b.Path) })
	return t.table
}

func toObj[T any](m map[string]T) obj {
	o := obj{}
	for k, v := range m {
		o[k] = v
	}
	return o
}

// rowSchema is the schema of the objects in a result: those of a page or an array, or the result itself.
func (p *prep) rowSchema(s obj) obj {
	s = p.target(s)
	if s["type"] == "array" {
		items, _ := s["items"].(obj)
		return p.target(items)
	}
	props, _ := s["properties"].(obj)
	if items, ok := props["items"].(obj); ok && items["type"] == "array" {
		return p.rowSchema(items)
	}
	if props == nil {
		return nil
	}
	return s
}

// target follows references.
func (p *prep) target(s obj) obj {
	for {
		name, ok := ref(s)
		if !ok {
			return s
		}
		s = p.component(name)
	}
}

func (t *tables) parent(n opNode, row wire.Operation, spec obj) {
	word, ok := spec["parent"].(obj)
	switch {
	case !ok && len(row.PathParams) > 0:
		t.fail("%s: x-brex-table needs a parent, whose rows give %s", n, row.PathParams[0].Name)
	case ok && len(row.PathParams) != 1:
		t.fail("%s: x-brex-table has a parent, and the path takes %d values", n, len(row.PathParams))
	case ok:
		t.table.Parent = &wire.TableParent{Table: text(word["table"]), Column: text(word["column"]), Param: row.PathParams[0].Name, Key: text(word["key"])}
		// The objects of some lists name their parent themselves.
		item := t.rowSchema(okSchema(n.node))
		props, _ := item["properties"].(obj)
		if props[t.table.Parent.Key] == nil {
			t.add(wire.Column{Name: t.table.Parent.Key, Type: wire.ColumnString, Doc: "Id of the row of " + t.table.Parent.Table + " that it belongs to."})
		}
	}
}

func (t *tables) key(n opNode, spec obj) {
	t.table.Key = stringList(spec["key"])
	if t.table.Key == nil {
		t.table.Key = []string{"id"}
	}
	for _, name := range t.table.Key {
		if !slices.ContainsFunc(t.table.Columns, func(c wire.Column) bool { return c.Name == name && c.Type == wire.ColumnString }) {
			t.fail("%s: x-brex-table: the key %s is not a column of strings", n, name)
		}
	}
	for _, get := range t.everyOperation() {
		rest, below := strings.CutPrefix(get.path, n.path+"/{")
		if get.method == "GET" && below && !strings.Contains(rest, "/") {
			t.table.GetName = t.rowOf(get).GoName
		}
	}
}

// bounds reads by which time a list can be narrowed.
func (t *tables) bounds(n opNode, row wire.Operation, spec obj, name string) *wire.Watermark {
	word, ok := spec[name].(obj)
	if !ok {
		return nil
	}
	w := &wire.Watermark{Column: text(word["column"]), Since: text(word["since"]), Until: text(word["until"])}
	i := t.instant(w.Column)
	if i < 0 {
		t.fail("%s: x-brex-table: the %s %s is not a column of times or days", n, name, w.Column)
		return nil
	}
	w.Days = t.table.Columns[i].Type == wire.ColumnDate
	for _, bound := range []string{w.Since, w.Until} {
		param, _, _ := strings.Cut(bound, ".")
		if bound != "" && !slices.ContainsFunc(row.Query, func(p wire.Param) bool { return p.Name == param }) {
			t.fail("%s: x-brex-table: the bound %s is not a query parameter", n, bound)
		}
	}
	return w
}

// instant is the place of a column of times or days, -1 where there is no such column.
func (t *tables) instant(name string) int {
	return slices.IndexFunc(t.table.Columns, func(c wire.Column) bool {
		return c.Name == name && (c.Type == wire.ColumnTime || c.Type == wire.ColumnDate)
	})
}
