package main

import (
	"go/format"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/brex-go/sdk/gen/operations"
)

var module = filepath.Join("..", "..")

// Of the operations there are, nothing is missing: what newop looks for is what is there.
func TestNothingIsMissing(t *testing.T) {
	src, err := readSource(module)
	require.NoError(t, err)
	docs, err := load(module)
	require.NoError(t, err)
	for _, row := range operations.All {
		op, err := find(docs, row.ID)
		require.NoError(t, err)
		pieces, err := src.missing(op)
		require.NoError(t, err)
		require.Empty(t, pieces, row.ID)
		require.Equal(t, *row, op.Operation)
	}
}

// withOperations is a copy of what newop reads, with operations that nobody has written yet.
func withOperations(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range []string{"openapi", "brex"} {
		require.NoError(t, os.CopyFS(filepath.Join(root, folder), os.DirFS(filepath.Join(module, folder))))
	}
	facts, err := os.ReadFile(filepath.Join(module, "testdata", "operations.csv"))
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(root, "testdata"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(root, "testdata", "operations.csv"), facts, 0o644))
	file := filepath.Join(root, "openapi", "team.yaml")
	team, err := os.ReadFile(file)
	require.NoError(t, err)
	text := strings.Replace(string(team), "\n  /v2/titles/{id}:\n", `
  /v2/titles/{id}/badges:
    get:
      operationId: listTitleBadges
      tags: [Titles]
      summary: List badges
      deprecated: true
      security: [{OAuth2: [titles, titles.readonly]}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: cursor, in: query, schema: {type: string}}
      responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Page_Badge_'}}}}}
    put:
      operationId: replaceTitleBadges
      tags: [Titles]
      summary: Replace badges
      security: [{OAuth2: [titles]}]
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: Idempotency-Key, in: header, required: true, schema: {type: string}}
      requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Badge'}}}}
      responses: {'204': {description: ''}}
  /v2/titles/{id}:
`, 1)
	text = strings.Replace(text, "\n  schemas:\n", `
  schemas:
    Badge: {type: object, properties: {colour: {type: string}}}
    Page_Badge_: {type: object, properties: {next_cursor: {type: string, nullable: true}, items: {type: array, items: {$ref: '#/components/schemas/Badge'}}}}
`, 1)
	require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
	return root
}

func TestNewList(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(withOperations(t), []string{"listTitleBadges"}, &out))
	require.Equal(t, `# testdata/operations.csv, from what Brex says of the operation
team,GET,/v2/titles/{id}/badges,listTitleBadges,yes,none,titles titles.readonly,yes,READ_OR_SENSITIVE,

# brex/titles.go, among its types
	// Badge is what listTitleBadges returns.
	Badge = team.Badge
	// ListTitleBadgesParams narrows TitlesService.ListTitleBadges; zero fields are not sent.
	ListTitleBadgesParams = team.ListTitleBadgesParams

# brex/titles.go
// ListTitleBadges ...
//
// It calls listTitleBadges, GET /v2/titles/{id}/badges. Scopes: titles or titles.readonly. Access: read.
//
// Deprecated: Use ... instead.
func (s *TitlesService) ListTitleBadges(ctx context.Context, id string, params ListTitleBadgesParams, opts ...CallOption) (*Page[Badge], error) {
	return s.api.ListTitleBadges(ctx, id, params, opts...)
}

// PagesTitleBadges reads the pages of ListTitleBadges one after the other.
func (s *TitlesService) PagesTitleBadges(ctx context.Context, id string, params ListTitleBadgesParams, opts ...CallOption) iter.Seq2[*Page[Badge], error] {
	return pagesOf(ctx, params, params.Cursor, under(s.ListTitleBadges, id), opts)
}

// AllTitleBadges reads everything that ListTitleBadges would return page by page.
func (s *TitlesService) AllTitleBadges(ctx context.Context, id string, params ListTitleBadgesParams, opts ...CallOption) iter.Seq2[Badge, error] {
	return items(s.PagesTitleBadges(ctx, id, params, opts...))
}

# brex/wire_*_test.go, in teamWire
	{"listTitleBadges", func(ctx context.Context, c *brex.Client) (any, error) {
		return c.Titles.ListTitleBadges(ctx, "id_1", brex.ListTitleBadgesParams{})
	}},

# brex/wire_sandbox_test.go, in the walk of the API
	require.NotEmpty(t, first(c.Titles.ListTitleBadges(ctx, "id_1", brex.ListTitleBadgesParams{})))

# brex/brextest, in the models of the API
	m["listTitleBadges"] = func(c *call) (answer, *problem) {
		... what the operation does to the company, and what it answers; a test of what it refuses
	}

# brex/brextest/operations_test.go, in TestEveryOperation
	w.call("listTitleBadges", "", id)

then: make generate && go test ./brex -run TestWire -update && make drift
`, out.String())
}

func TestNewUpdate(t *testing.T) {
	var out strings.Builder
	require.NoError(t, run(withOperations(t), []string{"ReplaceTitleBadges"}, &out))
	for _, text := range []string{
		"# openapi/overlays/team.yaml\n  - target: $.paths['/v2/titles/{id}/badges'].put\n    update: {x-brex-access: WRITE_MONEY_OR_SENSITIVE} # replaceTitleBadges\n",
		"team,PUT,/v2/titles/{id}/badges,replaceTitleBadges,no,required,titles,no,WRITE_MONEY_OR_SENSITIVE,\n",
		"operations.ReplaceTitleBadges: on(checkPartial[Badge]),\n",
		"return done(c.Titles.ReplaceTitleBadges(ctx, \"id_1\", brex.Badge{}))\n",
		"require.NoError(t, c.Titles.ReplaceTitleBadges(ctx, \"id_1\", brex.Badge{}))\n",
		"# brex/validate_test.go, in TestValidation",
		"a test that balances and limits add up afterwards",
		"w.call(\"replaceTitleBadges\", `{...}`, id)\n",
	} {
		require.Contains(t, out.String(), text)
	}
	_, code, _ := strings.Cut(out.String(), "# brex/titles.go\n")
	code, _, _ = strings.Cut(code, "\n# ")
	formatted, err := format.Source([]byte("package brex\n\n" + code))
	require.NoError(t, err)
	require.Equal(t, "package brex\n\n"+code, string(formatted), "gofmt has nothing to change")
}

func TestErrors(t *testing.T) {
	for _, test := range []struct {
		root string
		args []string
		text string
	}{
		{module, nil, "name one operation"},
		{module, []string{"a", "b"}, "name one operation"},
		{module, []string{"nonsense"}, "no document in openapi/ has the operation nonsense"},
		{module, []string{"title"}, "no document has title; there are "},
		{t.TempDir(), []string{"listUsers"}, "no document in openapi/"},
	} {
		require.ErrorContains(t, run(test.root, test.args, &strings.Builder{}), test.text)
	}
}

func TestMethodName(t *testing.T) {
	for _, test := range [][3]string{
		{"ListTitles", "Titles", "List"}, {"GetTitle", "Titles", "Get"}, {"ListLegalEntities", "LegalEntities", "List"},
		{"GetLegalEntity", "LegalEntities", "Get"}, {"ListTitleBadges", "Titles", "ListTitleBadges"}, {"Titles", "Titles", "Titles"},
	} {
		require.Equal(t, test[2], methodName(test[0], test[1]))
	}
}
