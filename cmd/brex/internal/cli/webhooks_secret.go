package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/webhook"
	"github.com/brex-go/sdk/cmd/brex/internal/profile"
)

// secretVariable is where signing secrets are read from. An argument would show them in the list of processes.
const secretVariable = "BREX_WEBHOOK_SECRET"

// secretsIn reads signing secrets from a variable: one, or two with a comma or a space while they are rotated. None is nil.
func (a *App) secretsIn(name string) ([]brex.Secret, error) {
	var secrets []brex.Secret
	for _, s := range strings.FieldsFunc(a.Getenv(name), func(r rune) bool { return r == ',' || r <= ' ' }) {
		secrets = append(secrets, brex.NewSecret(s))
	}
	if len(secrets) == 0 {
		return nil, nil
	}
	if _, err := webhook.NewVerifier(secrets...); err != nil {
		return nil, usagef("%s: %s", name, strings.TrimPrefix(err.Error(), "webhook: "))
	}
	return secrets, nil
}

// secretsOf asks the API for the signing secrets.
func secretsOf(ctx context.Context, s *session) ([]brex.Secret, error) {
	list, err := s.Webhooks.Secrets(ctx)
	if err != nil {
		return nil, err
	}
	return webhook.UsableSecrets(list), nil
}

// signingSecrets are those in the variable, or else the API's.
func (a *App) signingSecrets(ctx context.Context, name string, named bool) ([]brex.Secret, error) {
	secrets, err := a.secretsIn(name)
	if err != nil || len(secrets) > 0 {
		return secrets, err
	}
	if named {
		return nil, usagef("--secret-env: %s is not set; it must hold a signing secret", name)
	}
	s, err := a.connectForSecrets()
	if err != nil {
		return nil, err
	}
	if secrets, err = secretsOf(ctx, s); err != nil {
		return nil, err
	}
	if _, err := webhook.NewVerifier(secrets...); err != nil {
		return nil, usagef("Brex has no usable signing secret; set %s", secretVariable)
	}
	return secrets, nil
}

// connectForSecrets is connect for commands that can do without the API.
func (a *App) connectForSecrets() (*session, error) {
	s, err := a.connect()
	if errors.Is(err, profile.ErrNoToken) {
		return nil, usagef("no signing secret: set %s, or BREX_TOKEN to ask Brex for it, or add --sandbox for the sandbox's", secretVariable)
	}
	return s, err
}
