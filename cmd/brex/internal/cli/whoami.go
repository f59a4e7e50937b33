package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/cmd/brex/internal/output"
)

// identity is whose token it is.
type identity struct {
	user    *brex.User
	company *brex.Company // nil when the token may not read it
}

func (a *App) whoami() *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Show the user and the company that the token belongs to",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := a.connect()
			if err != nil {
				return err
			}
			var response, companyResponse brex.Response
			user, err := s.Users.Me(cmd.Context(), brex.UserMeParams{}, brex.WithResponse(&response))
			if err != nil {
				return err
			}
			me := identity{user: user}
			raw := struct {
				User    json.RawMessage `json:"user"`
				Company json.RawMessage `json:"company"`
			}{User: response.Body}
			company, err := s.Company.Get(cmd.Context(), brex.WithResponse(&companyResponse))
			switch {
			case err == nil:
				me.company, raw.Company = company, companyResponse.Body
			case errors.Is(err, brex.ErrForbidden), errors.Is(err, brex.ErrUnauthorized):
				a.note("the company is not shown: %v", err)
			default:
				return err
			}
			both, err := json.Marshal(raw)
			if err != nil {
				return err
			}
			return printObject(a, identityColumns, me, both)
		},
	}
}

func companyText(name string, f func(*brex.Company) string) output.Column[identity] {
	return output.Text(name, func(i identity) string {
		if i.company == nil {
			return ""
		}
		return f(i.company)
	})
}

var identityColumns = []output.Column[identity]{
	output.Text("first_name", func(i identity) string { return i.user.FirstName }),
	output.Text("last_name", func(i identity) string { return i.user.LastName }),
	output.Text("email", func(i identity) string { return i.user.Email }),
	output.Text("status", func(i identity) string { return string(i.user.Status) }),
	output.ID("user_id", func(i identity) string { return i.user.ID }),
	companyText("company", func(c *brex.Company) string { return c.LegalName }),
	companyText("company_id", func(c *brex.Company) string { return c.ID }),
	companyText("account_type", func(c *brex.Company) string { return string(c.AccountType) }),
}

// build is what version shows.
type build struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

func (a *App) version() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Show the version of this program",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			b := build{Version: brex.Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
			if info, ok := debug.ReadBuildInfo(); ok {
				for _, s := range info.Settings {
					if s.Key == "vcs.revision" {
						b.Commit = s.Value
					}
				}
			}
			if a.asText() {
				commit := b.Commit[:min(len(b.Commit), 12)]
				if commit != "" {
					commit += ", "
				}
				_, err := fmt.Fprintf(stdout{a.Stdout}, "brex %s (%s%s, %s)\n", b.Version, commit, b.Go, b.Platform)
				return err
			}
			raw, err := json.Marshal(b)
			if err != nil {
				return err
			}
			return printObject(a, buildColumns, b, raw)
		},
	}
}

var buildColumns = []output.Column[build]{
	output.Text("version", func(b build) string { return b.Version }),
	output.Text("commit", func(b build) string { return b.Commit }),
	output.Text("go", func(b build) string { return b.Go }),
	output.Text("platform", func(b build) string { return b.Platform }),
}
