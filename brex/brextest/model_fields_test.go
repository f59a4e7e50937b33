package brextest_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFieldValues(t *testing.T) {
	t.Parallel()
	w := newWalker(t, newSandbox(t, small))
	field := idOf(w.call("createField", `{"name":"Region","group":"ERP"}`))
	require.Equal(t, []string{field}, brexIDs(w.all("/v1/fields?field_id[]="+field)))
	items := w.call("createFieldValues", `{"items":[{"value":"North","value_id":"n"},{"value":"South","remote_id":"s"},{"value":"East"}]}`, field)["items"].([]any)
	require.Len(t, items, 3)
	north, east := idOf(items[0].(m)), idOf(items[2].(m))

	// Each of the three ids names a value; the response is in the order asked for.
	got := w.call("updateFieldValues", js(m{"items": []m{
		{"remote_id": "s", "data": m{"value": "Down"}},
		{"brex_id": east, "data": m{"is_disabled": true}},
		{"value_id": "n", "data": m{"value": nil}},
	}}), field)["items"].([]any)
	require.Equal(t, "Down", got[0].(m)["value"])
	require.Equal(t, true, got[1].(m)["is_disabled"])
	require.Equal(t, "North", got[2].(m)["value"], "null changes nothing: a value has a text")
	require.Equal(t, []string{north}, brexIDs(w.all("/v1/fields/"+field+"/values?value_id[]=n")))
	require.Len(t, w.all("/v1/fields/"+field+"/values?remote_id[]=s&remote_id[]=x"), 1)
	require.Len(t, w.all("/v1/fields/"+field+"/values?value=O"), 2, "Down and North")

	for body, message := range map[string]string{
		`{"items":[]}`:            "items is invalid",
		`{"items":[{"data":{}}]}`: "items[0] is invalid",
		`{"items":[{"brex_id":"x","value_id":"y","data":{}}]}`:     "items[0] is invalid",
		`{"items":[{"value_id":"n"}]}`:                             "items[0].data is required",
		`{"items":[{"value_id":"n","data":{"value":7}}]}`:          "items[0].data.value is invalid",
		`{"items":[{"value_id":"n","data":{"name":"x"}}]}`:         "items[0].data.name is not a known field",
		`{"items":[{"value_id":"n","data":{"value":""}}]}`:         "items[0].data.value is invalid",
		`{"items":[{"value_id":7,"data":{}}]}`:                     "items[0].value_id is invalid",
		`{"items":[{"value_id":"n","data":{}},{"brex_id":"q"}]}`:   "items[1].data is required",
		`{"items":[{"value_id":"n","data":{}}],"field_id":"here"}`: "field_id is not a known field",
	} {
		wantProblem(t, w.try("updateFieldValues", body, field), 400, message)
	}
	wantProblem(t, w.try("updateFieldValues", `{"items":[{"value_id":"n","data":{"value":"Up"}},{"remote_id":"zz","data":{}}]}`, field), 404,
		"items[1].remote_id is not the id")
	require.Equal(t, "North", w.call("getFieldValueById", "", field, north)["value"], "all or nothing")
	require.Equal(t, 409, w.try("createFieldValues", `{"items":[{"value":"Again","value_id":"n"}]}`, field).Status)
	require.Equal(t, 409, w.try("createFieldValues", `{"items":[{"value":"A","remote_id":"1"},{"value":"B","remote_id":"1"}]}`, field).Status)

	other := w.first("listFields")
	require.Equal(t, 404, w.try("getFieldValueById", "", other, north).Status, "the value of another field")
	wantProblem(t, w.try("deleteFieldValues", `{"items":[{"value_id":"n"},{"value_id":"n","data":{}}]}`, field), 400, "items[1].data is not a known field")
	w.call("deleteFieldValues", js(m{"items": []m{{"value_id": "n"}, {"remote_id": "s"}}}), field)
	require.Equal(t, []string{east}, brexIDs(w.all("/v1/fields/"+field+"/values")))
	w.call("deleteField", "", field)
	require.Equal(t, 404, w.try("listFieldValues", "", field).Status)
	require.Equal(t, 404, w.try("getFieldValueById", "", field, east).Status)
}

func brexIDs(items []map[string]any) []string {
	var list []string
	for _, item := range items {
		list = append(list, item["brex_id"].(string))
	}
	return list
}
