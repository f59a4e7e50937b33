package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"
)

type obj = map[string]any

// oddVariants tries, in the generated package of an odd document, the types that its oddities became.
const oddVariants = `package payments

import (
	"encoding/json"
	"testing"
)

func TestOdd(t *testing.T) {
	var v VendorResponse
	const sent = ` + "`" + `{"id": "v", "odd_form": {"iban": "x"}, "odd_value": 12345678901234567890, "odd_money": null, "odd_state": "ONE", "odd_any": {"kind": "B"}}` + "`" + `
	if err := json.Unmarshal([]byte(sent), &v); err != nil {
		t.Fatal(err)
	}
	if bank, ok := v.OddForm.AsOddBank(); !ok || bank.IBAN.Reveal() != "x" {
		t.Error("the inline member with a title", v.OddForm)
	}
	if _, ok := v.OddForm.AsVendorResponseOddFormVariant2(); ok {
		t.Error("the other member")
	}
	if string(v.OddValue) != "12345678901234567890" {
		t.Error("the choice between a text and a number", string(v.OddValue))
	}
	if v.OddMoney != nil || v.OddState != VendorResponseOddStateOne {
		t.Error("null, and a constant")
	}
	if _, ok := v.OddAny.AsVendorResponseOddAnyB(); !ok {
		t.Error("a member of anyOf that a constant marks")
	}
	var c CounterPartyResponse
	if err := json.Unmarshal([]byte(` + "`" + `{"type": "SUPPLIER", "id": "v", "payment_instrument_id": "p"}` + "`" + `), &c); err != nil {
		t.Fatal(err)
	}
	if _, ok := c.AsVendorDetailsResponse(); !ok {
		t.Error("the second value of a schema")
	}
}
`

// oddProperties are added to an object of a response.
const oddProperties = `
odd_form: {oneOf: [{title: Odd bank, type: object, required: [iban], properties: {iban: {type: string}}}, {type: object, required: [b], properties: {b: {type: string}}}]}
odd_value: {oneOf: [{type: string}, {type: integer}]}
odd_money: {anyOf: [{$ref: '#/components/schemas/Money'}, {type: 'null'}]}
odd_state: {type: string, const: ONE, readOnly: true}
odd_any: {anyOf: [{type: object, required: [kind], properties: {kind: {const: A}}}, {type: object, required: [kind], properties: {kind: {const: B}}}]}
odd_file: {type: string, contentEncoding: base64, examples: [1, {}], writeOnly: true}
`

// makeOdd writes a document the way that none of ours is written.
func makeOdd(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var root obj
	require.NoError(t, yaml.Unmarshal(text, &root))
	root["openapi"], root["jsonSchemaDialect"] = "3.1.0", "https://spec.openapis.org/oas/3.1/dialect/base"
	oddSchemas(root)
	for path, item := range root["paths"].(obj) {
		for _, op := range item.(obj) {
			oddOperation(path, op.(obj))
		}
	}
	schemas := root["components"].(obj)["schemas"].(obj)
	if vendor, ok := schemas["VendorResponse"].(obj); ok {
		var odd obj
		require.NoError(t, yaml.Unmarshal([]byte(oddProperties), &odd))
		for name, s := range odd {
			vendor["properties"].(obj)[name] = s
		}
		party := schemas["CounterPartyResponse"].(obj)
		party["discriminator"].(obj)["mapping"].(obj)["SUPPLIER"] = "VendorDetailsResponse"
	}
	text, err = json.MarshalIndent(root, "", "\t")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o644))
}

const oddProse = "\n\t%s\r\n*/ `back` quotes\u2028 — ünïcode \U0001f4b3 "

func oddOperation(path string, op obj) {
	long := strings.Repeat(" word", 1000)
	op["summary"] = strings.ReplaceAll(oddProse, "%s", "About "+path) + long + "\n"
	op["description"] = strings.ReplaceAll(oddProse, "%s", "More") + long
	params, _ := op["parameters"].([]any)
	op["parameters"] = append(params, obj{"name": "X-Odd", "in": "header", "description": oddProse, "schema": obj{"type": "string"}},
		obj{"name": "odd", "in": "cookie", "schema": obj{"type": "string"}})
	servers, _ := op["servers"].([]any)
	op["servers"] = append([]any{obj{"url": "https://api-staging.example", "description": "staging\n"}, obj{"url": "https://{host}.example",
		"variables": obj{"host": obj{"default": "api"}}}}, servers...)
}

// oddSchemas writes null as a type, and gives every text an example, a default and a title that fit nothing.
func oddSchemas(v any) {
	switch v := v.(type) {
	case []any:
		for _, child := range v {
			oddSchemas(child)
		}
	case obj:
		for _, child := range v {
			oddSchemas(child)
		}
		kind, isType := v["type"].(string)
		if v["nullable"] == true && isType {
			v["type"] = []any{kind, "null"}
			delete(v, "nullable")
		}
		if isType && kind == "string" && v["in"] == nil && v["flows"] == nil {
			v["example"], v["examples"], v["default"], v["title"] = 5, []any{5}, 7, oddProse
		}
	}
}

// Ten documents with every oddity that a document of Brex has shown go through, and what is made of them compiles, decodes,
// and works against the sandbox, operation by operation.
func TestOddDocuments(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles the module once more")
	}
	dir := moduleCopy(t)
	files, err := filepath.Glob(filepath.Join(dir, "openapi", "*.yaml"))
	require.NoError(t, err)
	require.Len(t, files, 10)
	for _, file := range files {
		makeOdd(t, file)
	}
	require.NoError(t, run(input{root: dir}, false, io.Discard, io.Discard))

	made := read(t, filepath.Join(dir, "gen"))
	require.Contains(t, made["payments/payments.gen.go"], "Optional header: X-Odd")
	require.Contains(t, made["operations/operations.gen.go"], "About /v1/vendors */ `back` quotes — ünïcode 💳")
	put(t, dir, map[string]string{"gen/payments/odd_test.go": oddVariants})
	replaced := map[string]string{}
	root, err := filepath.Abs(module)
	require.NoError(t, err)
	for name := range read(t, filepath.Join(dir, "gen")) {
		replaced[filepath.Join(root, "gen", filepath.FromSlash(name))] = filepath.Join(dir, "gen", filepath.FromSlash(name))
	}
	replaced[filepath.Join(root, "brex", "zz_enums.go")] = filepath.Join(dir, "brex", "zz_enums.go")
	text, err := json.Marshal(map[string]any{"Replace": replaced})
	require.NoError(t, err)
	put(t, dir, map[string]string{"overlay.json": string(text)})
	cmd := exec.Command("go", "test", "-count", "1", "-overlay", filepath.Join(dir, "overlay.json"),
		"-run", "^(TestOdd|TestEveryMethodAgainstTheSandbox)$", "./gen/payments", "./brex")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NotContains(t, string(out), "no tests to run")
}
