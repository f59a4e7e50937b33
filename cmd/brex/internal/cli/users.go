package cli

import (
	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/gen/operations"
)

func (a *App) users() *cobra.Command {
	return group("users", "People of the company", a.usersList(), newUsersInvite(a, nil), newUsersApply(a, nil), newUsersDisable(a, "DISABLED", nil), newUsersDisable(a, "ACTIVE", nil),
		newUsersSetLimit(a, nil))
}

func (a *App) usersList() *cobra.Command {
	var p brex.UserListParams
	l := &lister[brex.User]{columns: userColumns}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List users",
		Example: `  brex users list --sandbox
  brex users list --status active --all -o csv > users.csv
  brex users list --email maya@example.com,omar@example.com`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return l.run(a, cmd) },
	}
	l.read = read(&p, func(s *session) pages[brex.UserListParams, brex.User] { return s.Users.Pages })
	q := newQuery(cmd, operations.ListUsers)
	list(q, &p.Emails, "email[]", "only users with these email addresses")
	q.text(&p.Name, "name", "only users that match this name")
	list(q, &p.Status, "status[]", "only users in one of these states")
	q.text(&p.RemoteDisplayID, "remote_display_id", "only the user with this remote_display_id")
	list(q, &p.ManagerIDs, "manager_id[]", "only users with one of these managers")
	list(q, &p.DepartmentIDs, "department_id[]", "only users of one of these departments")
	list(q, &p.LocationIDs, "location_id[]", "only users at one of these locations")
	list(q, &p.TitleIDs, "title_id[]", "only users with one of these titles")
	list(q, &p.CostCenterIDs, "cost_center_id[]", "only users of one of these cost centres")
	list(q, &p.LegalEntityIDs, "legal_entity_id[]", "only users of one of these legal entities")
	list(q, &p.CustomField, "custom_field[]", "only users that match these custom fields; the form of a value is not published")
	list(q, &p.Expand, "expand[]", "related objects to show in full; the accepted names are not published")
	q.bool(&p.LoadCustomFields, "load_custom_fields", "fill in custom_fields, for json and jsonl")
	q.bound["email"] = true // --email is email[], which takes one address as well
	l.bind(cmd, q, &p.Cursor, &p.Limit)
	return cmd
}

var userColumns = append([]output.Column[brex.User]{
	output.ID("id", func(u brex.User) string { return u.ID }),
	output.Text("first_name", func(u brex.User) string { return u.FirstName }),
	output.Text("last_name", func(u brex.User) string { return u.LastName }),
	output.Long(output.Text("email", func(u brex.User) string { return u.Email })),
	output.Text("status", func(u brex.User) string { return string(u.Status) }),
}, output.Wide(
	output.ID("manager_id", func(u brex.User) string { return u.ManagerID }),
	output.ID("department_id", func(u brex.User) string { return u.DepartmentID }),
	output.ID("location_id", func(u brex.User) string { return u.LocationID }),
	output.ID("title_id", func(u brex.User) string { return u.TitleID }),
	output.ID("cost_center_id", func(u brex.User) string { return u.CostCenterID }),
	output.ID("legal_entity_id", func(u brex.User) string { return u.LegalEntityID }),
	output.ID("remote_display_id", func(u brex.User) string { return u.RemoteDisplayID }),
)...)
