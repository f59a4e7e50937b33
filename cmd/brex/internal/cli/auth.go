package cli

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

func (a *App) auth() *cobra.Command {
	return group("auth", "Logins that are stored, and the one in use", a.authStatus(), a.authList())
}

// authStatus is the login in use, as brex auth status shows it.
type authStatus struct {
	Source   string   `json:"source"`
	KeptIn   string   `json:"kept_in,omitempty"`
	Profile  string   `json:"profile,omitempty"`
	Kind     string   `json:"kind,omitempty"`
	User     string   `json:"user,omitempty"`
	Company  string   `json:"company,omitempty"`
	Scopes   []string `json:"scopes"` // null where Brex does not tell
	API      string   `json:"api"`
	LastUsed string   `json:"last_used_at,omitempty"`
	Expires  string   `json:"access_token_expires_at,omitempty"`
	Rule     string   `json:"expiry_rule,omitempty"`
	Refusal  string   `json:"refusal,omitempty"`
}

// expiryRules are Brex's, as far as they are known: its own documents disagree on user tokens.
var expiryRules = map[string]string{
	profile.KindUser:  "ends when it is not used for 30 days (by another document of Brex's, 90)",
	profile.KindOAuth: "access tokens last an hour and are renewed; the login ends when it is not used for 90 days",
}

func (a *App) authStatus() *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show whose token is in use, where it comes from, and when it ends",
		Long: `Show whose token is in use, where it comes from, and when it ends. Brex does not tell the scopes of a
user token; brex doctor tries what it may do.`,
		Example: `  brex auth status
  brex auth status --profile work -o json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.connect()
			if err != nil {
				return err
			}
			st := authStatus{Source: s.cred.Source, Kind: s.cred.Kind, API: s.base, Rule: expiryRules[s.cred.Kind]}
			if p := s.cred.Profile; p != nil {
				st.Profile, st.KeptIn = p.Name, s.cred.Store.Where()
				st.LastUsed = p.LastUsedAt.Format(time.RFC3339)
				st.User, st.Company = p.User, p.Company
			}
			user, userErr := s.Users.Me(cmd.Context(), brex.UserMeParams{})
			if userErr == nil {
				st.User = user.Email
			} else if !refusedCall(userErr) {
				return userErr
			}
			company, companyErr := s.Company.Get(cmd.Context())
			if companyErr == nil {
				st.Company = company.LegalName
			} else if !refusedCall(companyErr) {
				return companyErr
			}
			if s.cred.Kind == profile.KindOAuth { // it may have been renewed just now
				if login, err := s.cred.Store.Load(cmd.Context()); err == nil {
					st.Scopes, st.Expires = login.Scopes, login.Expiry.UTC().Format(time.RFC3339)
				}
			}
			if userErr != nil && companyErr != nil {
				st.Refusal = "Brex refuses to say whose token it is; brex doctor looks closer"
			}
			raw, err := json.Marshal(st)
			if err != nil {
				return err
			}
			if err := printObject(a, statusColumns, st, raw); err != nil {
				return err
			}
			if userErr != nil && companyErr != nil {
				return userErr
			}
			return nil
		},
	}
}

var statusColumns = []output.Column[authStatus]{
	output.Text("source", func(s authStatus) string { return s.Source }),
	output.Text("kept_in", func(s authStatus) string { return s.KeptIn }),
	output.Text("kind", func(s authStatus) string { return s.Kind }),
	output.Text("user", func(s authStatus) string { return s.User }),
	output.Text("company", func(s authStatus) string { return s.Company }),
	output.Text("scopes", func(s authStatus) string {
		if s.Scopes == nil && s.Kind == profile.KindUser {
			return "not told by Brex; see brex doctor"
		}
		return strings.Join(s.Scopes, " ")
	}),
	output.Text("api", func(s authStatus) string { return s.API }),
	output.Text("last_used_at", func(s authStatus) string { return s.LastUsed }),
	output.Text("access_token_expires_at", func(s authStatus) string { return s.Expires }),
	output.Text("expiry_rule", func(s authStatus) string { return s.Rule }),
}

func (a *App) authList() *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Short:   "List the logins that are stored",
		Example: "  brex auth list",
		Args:    noArgs,
		RunE: func(*cobra.Command, []string) error {
			var rows []profile.Profile
			var raw []json.RawMessage
			for _, name := range a.logins().Names() {
				p, err := a.logins().Load(name)
				if err != nil {
					a.note("%v", err)
					continue
				}
				object, err := json.Marshal(p)
				if err != nil {
					return err
				}
				rows, raw = append(rows, *p), append(raw, object)
			}
			if len(rows) == 0 {
				a.note("no logins are stored; brex login makes one")
			}
			return printRows(a, profileColumns, rows, raw)
		},
	}
}

var profileColumns = append([]output.Column[profile.Profile]{
	output.ID("name", func(p profile.Profile) string { return p.Name }),
	output.Text("kind", func(p profile.Profile) string { return p.Kind }),
	output.Long(output.Text("user", func(p profile.Profile) string { return p.User })),
	output.Text("company", func(p profile.Profile) string { return p.Company }),
	output.At("last_used_at", func(p profile.Profile) brex.Time { return brex.Time{Time: p.LastUsedAt} }),
}, output.Wide(
	output.Text("base_url", func(p profile.Profile) string { return p.BaseURL }),
	output.Text("client_id", func(p profile.Profile) string { return p.ClientID }),
	output.Text("issuer", func(p profile.Profile) string { return p.Issuer }),
	output.At("created_at", func(p profile.Profile) brex.Time { return brex.Time{Time: p.CreatedAt} }),
)...)
