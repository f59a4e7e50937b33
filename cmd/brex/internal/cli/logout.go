package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

func (a *App) logout() *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Forget a login, and end it at Brex where that is possible",
		Long: `Forget the login of a profile. An OAuth login is ended at Brex too. A user token stays valid until it is
revoked in the Brex dashboard, under Developer.`,
		Example: `  brex logout
  brex logout --profile work`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if a.flags.tokenCommand != "" {
				return usagef("--token-command has no login to forget")
			}
			name, _, err := a.logins().Name(a.flags.profile)
			if err != nil {
				return err
			}
			p, unread := a.logins().Load(name)
			if unread != nil {
				a.note("%v", unread) // what cannot be read can be forgotten
			}
			store, err := a.logins().Store(name)
			if err != nil {
				return err
			}
			if p == nil && unread == nil && !store.InFile() { // what a login leaves that was cut off, at most
				switch _, err := store.Load(cmd.Context()); {
				case errors.Is(err, brexoauth.ErrNoLogin):
					return usagef("there is no login in the profile %s; brex auth list shows all", name)
				case err != nil:
					return fmt.Errorf("there is no profile %s, and whether there is a login is not known: %w", name, err)
				}
			}
			beyond := p != nil && a.Keyring == nil && !store.InFile() // it may be in a keyring of another session
			var told error
			if p != nil && p.Kind == profile.KindOAuth {
				var client *brexoauth.Client
				if client, told = a.logins().Application(p, nil, ""); told == nil {
					told = client.SignOut(cmd.Context(), store)
				}
			}
			if err := store.Delete(cmd.Context()); err != nil {
				return err
			}
			if err := a.logins().Delete(name); err != nil {
				return err
			}
			switch {
			case told != nil:
				return fmt.Errorf("the profile %s is forgotten here, but Brex could not be told: %w; revoke it in the Brex dashboard", name, told)
			case beyond:
				a.note("the profile %s is forgotten, but not its token: it is not in a file, and there is no system keyring here; it stays valid until it is revoked in the Brex dashboard", name)
			case p != nil && p.Kind == profile.KindUser:
				a.note("the profile %s is forgotten; the token itself stays valid until it is revoked in the Brex dashboard, under Developer", name)
			case p == nil:
				a.note("the login of the profile %s is forgotten; what it was is not known: revoke it in the Brex dashboard", name)
			default:
				a.note("the profile %s is forgotten, and its login ended", name)
			}
			if variable, err := a.logins().Variable(); err != nil || variable != "" {
				a.note("%s is still set", cmp.Or(variable, "BREX_TOKEN"))
			}
			return nil
		},
	}
}
