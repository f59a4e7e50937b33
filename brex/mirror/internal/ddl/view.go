package ddl

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/brex-go/sdk/brex/mirror"
	"github.com/brex-go/sdk/brex/money"
)

// join says where the name behind an id stands: the columns that end in suffix hold keys of the tables, of which the first that
// has the id counts.
type join struct {
	suffix, shows string
	tables        []named
}

type named struct{ name, key string }

const fullName = `j."first_name" || ' ' || j."last_name"`

var joins = []join{
	{"user_id", fullName, []named{{"users", "id"}}},
	{"manager_id", fullName, []named{{"users", "id"}}},
	{"department_id", `j."name"`, []named{{"departments", "id"}}},
	{"location_id", `j."name"`, []named{{"locations", "id"}}},
	{"title_id", `j."name"`, []named{{"titles", "id"}}},
	{"budget_id", `j."name"`, []named{{"spend_limits", "id"}, {"budgets", "budget_id"}}}, // v1 called spend limits budgets, and expenses still do
	{"entity_id", `j."display_name"`, []named{{"legal_entities", "id"}}},
	{"vendor_id", `j."company_name"`, []named{{"vendors", "id"}}},
}

// ViewName is the name of the view of a table.
func ViewName(table string) string { return table + "_view" }

// View is the statement that makes the view of a stream: the rows that are there, amounts in exact major units, and the names behind ids, as far
// as the tables that hold them are among those that exist.
func View(t *mirror.Table, d Dialect, exist []string) string {
	var exprs []string
	taken := map[string]bool{}
	for _, c := range t.Columns {
		taken[c.Name] = true
	}
	add := func(name, expr string) {
		if expr != "" && !taken[name] {
			taken[name] = true
			exprs = append(exprs, expr+" AS "+Quote(name))
		}
	}
	for _, c := range t.Columns {
		exprs = append(exprs, "t."+Quote(c.Name))
		if major := strings.TrimSuffix(c.Name, "_minor"); c.Currency != "" && major != c.Name {
			add(major, amount(d, "t."+Quote(c.Name), "t."+Quote(c.Currency)))
		}
		if !slices.Contains(t.Key, c.Name) {
			add(strings.TrimSuffix(c.Name, "_id")+"_name", nameOf(c.Name, exist))
		}
	}
	for _, name := range []string{mirror.CompanyColumn, mirror.SyncedColumn, mirror.ChangedColumn} {
		exprs = append(exprs, "t."+Quote(name))
	}
	return fmt.Sprintf("CREATE VIEW %s AS\nSELECT\n  %s\nFROM %s t\nWHERE t.%s IS NULL", Quote(ViewName(t.Name)), strings.Join(exprs, ",\n  "), Quote(t.Name), Quote(mirror.DeletedColumn))
}

// amount is the expression for an amount in major units, with as many digits as its currency has.
func amount(d Dialect, minor, currency string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CASE WHEN %s IS NULL THEN NULL", minor)
	for _, n := range []int{0, 3, 4} {
		fmt.Fprintf(&b, " WHEN %s IN (%s) THEN %s", currency, strings.Join(digits()[n], ","), d.Major(minor, n))
	}
	return b.String() + " ELSE " + d.Major(minor, 2) + " END"
}

// nameOf is the expression for the name behind an id, empty where there is none.
func nameOf(column string, exist []string) string {
	i := slices.IndexFunc(joins, func(j join) bool { return column == j.suffix || strings.HasSuffix(column, "_"+j.suffix) })
	if i < 0 {
		return ""
	}
	var lookups []string
	for _, table := range joins[i].tables {
		if slices.Contains(exist, table.name) {
			lookups = append(lookups, fmt.Sprintf("(SELECT %s FROM %s j WHERE j.%[3]s = t.%[3]s AND j.%[4]s = t.%[5]s)", joins[i].shows, Quote(table.name),
				Quote(mirror.CompanyColumn), Quote(table.key), Quote(column)))
		}
	}
	if len(lookups) < 2 {
		return strings.Join(lookups, "")
	}
	return "coalesce(" + strings.Join(lookups, ", ") + ")"
}

// Joined are the tables whose names the views show.
func Joined() []string {
	var all []string
	for _, j := range joins {
		for _, t := range j.tables {
			all = append(all, t.name)
		}
	}
	return all
}

// digits lists the currencies whose minor unit has another number of digits than two, by that number.
var digits = sync.OnceValue(func() map[int][]string {
	all := map[int][]string{}
	for n := range 26 * 26 * 26 {
		c := money.Currency([]byte{'A' + byte(n/676), 'A' + byte(n/26%26), 'A' + byte(n%26)})
		if n := c.Digits(); n != 2 {
			all[n] = append(all[n], "'"+string(c)+"'")
		}
	}
	return all
})
