package brextest_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUserFilters(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	all := s.all("/v2/users?load_custom_fields=true")
	u := all[9]
	str := func(u map[string]any, key string) string { v, _ := u[key].(string); return v }
	same := func(key string) func(map[string]any) bool {
		return func(o map[string]any) bool { return str(o, key) == str(u, key) }
	}
	for _, tc := range []struct {
		query url.Values
		keep  func(map[string]any) bool
	}{
		{url.Values{"email": {strings.ToUpper(str(u, "email"))}}, same("email")},
		{url.Values{"email[]": {str(u, "email"), str(all[1], "email"), "nobody@x.example"}}, func(o map[string]any) bool {
			return str(o, "email") == str(u, "email") || str(o, "email") == str(all[1], "email")
		}},
		{url.Values{"remote_display_id": {str(u, "remote_display_id")}}, same("remote_display_id")},
		{url.Values{"name": {strings.ToLower(str(u, "last_name"))}}, func(o map[string]any) bool {
			return strings.Contains(str(o, "first_name")+" "+str(o, "last_name"), str(u, "last_name"))
		}},
		{url.Values{"status[]": {"DISABLED", "INVITED"}}, func(o map[string]any) bool { return str(o, "status") == "DISABLED" || str(o, "status") == "INVITED" }},
		{url.Values{"manager_id[]": {str(u, "manager_id")}}, same("manager_id")},
		{url.Values{"department_id[]": {str(u, "department_id")}}, same("department_id")},
		{url.Values{"location_id[]": {str(u, "location_id")}}, same("location_id")},
		{url.Values{"title_id[]": {str(u, "title_id")}}, same("title_id")},
		{url.Values{"legal_entity_id[]": {str(all[8], "legal_entity_id")}}, func(o map[string]any) bool { return str(o, "legal_entity_id") == str(all[8], "legal_entity_id") }},
		{url.Values{"custom_field[]": {"Employee number:E-01009"}}, same("email")},
		{url.Values{"custom_field[]": {"Remote:true"}}, func(o map[string]any) bool {
			return o["custom_fields"].([]any)[1].(map[string]any)["value"] == true
		}},
	} {
		var want []string
		for _, o := range all {
			if tc.keep(o) {
				want = append(want, str(o, "id"))
			}
		}
		require.NotEmpty(t, want, "%v", tc.query)
		require.Less(t, len(want), len(all), "%v", tc.query)
		require.Equal(t, want, ids(s.all("/v2/users?limit=3&"+tc.query.Encode())), "%v", tc.query)
	}
	require.Empty(t, s.all("/v2/users?cost_center_id[]=none"))
	require.Nil(t, s.get("/v2/users/" + str(u, "id")).json(t)["custom_fields"])
	require.NotNil(t, s.get("/v2/users/" + str(u, "id") + "?load_custom_fields=true").json(t)["custom_fields"])
	require.Equal(t, "USER_NOT_FOUND", s.get("/v2/users/nobody").json(t)["code"])

	emails := map[string]bool{}
	for _, o := range all {
		require.False(t, emails[str(o, "email")], "%s twice", str(o, "email"))
		emails[str(o, "email")] = true
	}
}

func TestUserWrites(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	department := ids(s.all("/v2/departments"))[0]
	got := s.do("POST", "/v2/users", fmt.Sprintf(`{"first_name":"Nia","last_name":"Bell","email":"nia@halcyon.example","department_id":%q}`, department))
	require.Equal(t, 200, got.Status, "%s", got.Body)
	user := got.json(t)
	require.Equal(t, "INVITED", user["status"])
	path := "/v2/users/" + user["id"].(string)
	wantProblem(t, s.do("POST", "/v2/users", `{"first_name":"N","last_name":"B","email":"NIA@halcyon.example"}`), 400, "already in use")
	wantProblem(t, s.do("POST", "/v2/users", `{"first_name":"N","last_name":"B","email":"n@x.example","manager_id":"cuuser_x"}`), 400, "manager_id is invalid")

	updated := s.do("PUT", path, `{"status":"ACTIVE","department_id":null,"metadata":{"a":"b"}}`).json(t)
	require.Equal(t, []any{"ACTIVE", nil}, []any{updated["status"], updated["department_id"]})
	require.Equal(t, updated, s.get(path).json(t))
	wantProblem(t, s.do("PUT", path, `{"legal_entity_id":null}`), 400, "legal_entity_id is invalid")
	wantProblem(t, s.do("PUT", path, `{"metadata":{"a":1}}`), 400, "metadata.a is invalid")
	wantProblem(t, s.do("PUT", path, `{"first_name":"X"}`), 400, "first_name is not a known field")

	limit := func() any { return s.get(path + "/limit").json(t)["monthly_limit"] }
	require.Nil(t, limit())
	s.do("POST", path+"/limit", `{"monthly_limit":{"amount":50000,"currency":"USD"}}`)
	require.NotNil(t, limit())
	s.do("POST", path+"/limit", `{}`)
	require.NotNil(t, limit(), "absent changes nothing")
	s.do("POST", path+"/limit", `{"monthly_limit":null}`)
	require.Nil(t, limit(), "null removes it")
}

func TestCards(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	user := ids(s.all("/v2/users"))[3]
	of := len(s.all("/v2/cards?user_id=" + user))
	require.NotZero(t, of)
	body := func(kind string) string {
		return fmt.Sprintf(`{"owner":{"type":"USER","user_id":%q},"card_name":"Tools","card_type":%q,"limit_type":"CARD",`+
			`"spend_controls":{"spend_limit":{"amount":100000},"spend_duration":"MONTHLY"}}`, user, kind)
	}
	got := s.do("POST", "/v2/cards", body("VIRTUAL"), key("c")...)
	require.Equal(t, 200, got.Status, "%s", got.Body)
	id := got.json(t)["id"].(string)
	require.Equal(t, "ACTIVE", got.json(t)["status"])
	require.Len(t, s.all("/v2/cards?user_id="+user), of+1)
	status := func() any { return s.get("/v2/cards/" + id).json(t)["status"] }
	s.do("POST", "/v2/cards/"+id+"/lock", `{"reason":"FRAUD"}`)
	require.Equal(t, "LOCKED", status())
	s.do("POST", "/v2/cards/"+id+"/unlock", "")
	require.Equal(t, "ACTIVE", status())
	controls := s.do("PUT", "/v2/cards/"+id, `{"spend_controls":{"spend_limit":{"amount":150000,"currency":"USD"},"reason":"more"}}`).json(t)["spend_controls"].(map[string]any)
	require.Equal(t, 150000.0, controls["spend_available"].(map[string]any)["amount"])
	require.Equal(t, "MONTHLY", controls["spend_duration"])
	wantProblem(t, s.do("PUT", "/v2/cards/"+id, `{"spend_controls":{"spend_limit":{"amount":-1}}}`), 400, "spend_controls.spend_limit.amount is invalid")
	require.Equal(t, 200, s.do("POST", "/v2/cards/"+id+"/secure_email", `{"recipient_email":"a@b.example"}`, key("m")...).Status)
	number := s.get("/v2/cards/" + id + "/pan").json(t)
	require.True(t, strings.HasSuffix(number["number"].(string), got.json(t)["last_four"].(string)))
	s.do("POST", "/v2/cards/"+id+"/terminate", `{"reason":"OTHER","description":"done"}`)
	require.Equal(t, "TERMINATED", status())
	wantProblem(t, s.do("POST", "/v2/cards/"+id+"/unlock", ""), 400, "terminated")
	wantProblem(t, s.do("POST", "/v2/cards/"+id+"/lock", `{"reason":"BORED"}`), 400, "reason is invalid")

	var last result
	for i := range 11 {
		last = s.do("POST", "/v2/cards", body("PHYSICAL"), key(fmt.Sprint("p", i))...)
	}
	wantProblem(t, last, 400, "10 active physical cards")
	wantProblem(t, s.do("POST", "/v2/cards", strings.Replace(body("VIRTUAL"), user, "cuuser_x", 1), key("z")...), 400, "owner.user_id is invalid")
}

func TestNames(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, small)
	for _, path := range []string{"/v2/departments", "/v2/locations", "/v2/titles"} {
		before := len(s.all(path))
		got := s.do("POST", path, `{"name":"Lunar Base"}`)
		require.Equal(t, 200, got.Status, "%s", got.Body)
		require.Equal(t, got.json(t), s.get(path+"/"+got.json(t)["id"].(string)).json(t))
		require.Len(t, s.all(path), before+1)
		require.Len(t, s.all(path+"?name=lunar"), 1)
		wantProblem(t, s.do("POST", path, `{"name":""}`), 400, "name is invalid")
		require.Equal(t, 404, s.get(path+"/x").Status)
	}
}
