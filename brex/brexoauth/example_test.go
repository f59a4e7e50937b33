package brexoauth_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/brex-go/sdk/brex"
	"github.com/brex-go/sdk/brex/brexoauth"
	"github.com/brex-go/sdk/brex/brextest"
	"github.com/brex-go/sdk/brex/wire"
)

// A customer signs in to a partner application, which then calls the API for weeks.
func Example() {
	ctx := context.Background()
	sandbox, err := brextest.NewHandler(brextest.WithOAuthClient("my-app", "my-secret", "https://app.example/callback"))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sandbox)
	defer server.Close()

	client, err := brexoauth.New(brexoauth.Config{
		ClientID:     "my-app",
		ClientSecret: wire.NewSecret("my-secret"),
		RedirectURL:  "https://app.example/callback",
		Scopes:       []string{brexoauth.ScopeOpenID, brexoauth.ScopeOfflineAccess, "users.readonly", "cards.readonly"},
		Issuer:       server.URL + brextest.IssuerPath, // leave out for Brex
		Clock:        sandbox.Now,                      // leave out, too
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	attempt, err := client.AuthCodeURL(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	// Keep the attempt in the customer's session and redirect to attempt.URL. Here the sandbox plays the customer.
	back, err := sandbox.Authorize(attempt.URL)
	if err != nil {
		fmt.Println(err)
		return
	}
	// In the handler of the callback this is r.URL.
	callback, err := url.Parse(back)
	if err != nil {
		fmt.Println(err)
		return
	}
	login, err := client.Exchange(ctx, attempt, callback.Query())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("not granted:", login.MissingScopes(attempt.Scopes...))

	dir, err := os.MkdirTemp("", "brexoauth")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()
	store, err := brexoauth.NewFileStore(filepath.Join(dir, "customer-1.json"))
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := brexoauth.StoreLogin(ctx, store, login); err != nil {
		fmt.Println(err)
		return
	}

	source, err := client.TokenSource(store)
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := brex.New(brex.WithTokenSource(source), brex.WithBaseURL(server.URL))
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 3 {
		page, err := api.Users.List(ctx, brex.UserListParams{})
		fmt.Println(len(page.Items), err)
		sandbox.Advance(30 * 24 * time.Hour)
	}
	fmt.Println("refreshes:", sandbox.OAuthStats().Refreshes)
	fmt.Println(login)
	// Output:
	// not granted: []
	// 40 <nil>
	// 40 <nil>
	// 40 <nil>
	// refreshes: 2
	// brexoauth.Token{ClientID: "my-app", Expiry: 2026-11-02T13:00:00Z, Scopes: ["openid" "offline_access" "users.readonly" "cards.readonly"], refresh token kept}
}

// Nobody has signed in, or the login has ended: the error says what helps, and why.
func ExampleSignInError() {
	sandbox, err := brextest.NewHandler(brextest.WithOAuthClient("my-app", "my-secret", "https://app.example/callback"))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sandbox)
	defer server.Close()
	client, err := brexoauth.New(brexoauth.Config{ClientID: "my-app", ClientSecret: wire.NewSecret("my-secret"), Issuer: server.URL + brextest.IssuerPath})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := client.TokenSource(brexoauth.NewMemoryStore(nil)) // nobody has signed in yet
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = source.Token()
	var again *brexoauth.SignInError
	if errors.As(err, &again) {
		fmt.Println("send the customer to sign in:", again.Reason)
	}
	// Output: send the customer to sign in: no login is stored
}

// A program on the customer's machine signs in with the customer's browser.
func ExampleClient_Login() {
	sandbox, err := brextest.NewHandler(brextest.WithOAuthClient("my-app", "my-secret", "http://127.0.0.1/callback"))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sandbox)
	defer server.Close()
	client, err := brexoauth.New(brexoauth.Config{
		ClientID:     "my-app",
		ClientSecret: wire.NewSecret("my-secret"),
		Scopes:       []string{brexoauth.ScopeOpenID, brexoauth.ScopeOfflineAccess, "users.readonly"},
		Issuer:       server.URL + brextest.IssuerPath, // leave out for Brex
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	login, err := client.Login(context.Background(), func(_ context.Context, address string) error {
		// Show the address in a browser, or print it. Here a plain request plays the browser, and the sandbox agrees at once.
		resp, err := http.Get(address)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(login.Scopes)
	// Output: [openid offline_access users.readonly]
}

// An application acts for itself, without a customer.
func ExampleClient_ClientCredentials() {
	sandbox, err := brextest.NewHandler(brextest.WithOAuthClient("my-app", "my-secret"))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sandbox)
	defer server.Close()
	client, err := brexoauth.New(brexoauth.Config{ClientID: "my-app", ClientSecret: wire.NewSecret("my-secret"), Issuer: server.URL + brextest.IssuerPath})
	if err != nil {
		fmt.Println(err)
		return
	}
	source, err := client.ClientCredentials([]string{"https://onboarding.brexapis.com/referrals"})
	if err != nil {
		fmt.Println(err)
		return
	}
	token, err := source.Token()
	fmt.Println(token.Type(), err)
	// Output:
	// Bearer <nil>
}

// An application with many customers keeps one client for each. Several machines share the stores and the limiters of package brexpg.
func ExampleTenants() {
	ctx := context.Background()
	sandbox, err := brextest.NewHandler(brextest.WithOAuthClient("my-app", "my-secret", "https://app.example/callback"))
	if err != nil {
		fmt.Println(err)
		return
	}
	server := httptest.NewServer(sandbox)
	defer server.Close()
	client, err := brexoauth.New(brexoauth.Config{ClientID: "my-app", ClientSecret: wire.NewSecret("my-secret"), RedirectURL: "https://app.example/callback",
		Scopes: []string{brexoauth.ScopeOpenID, brexoauth.ScopeOfflineAccess, "companies.readonly"}, Issuer: server.URL + brextest.IssuerPath})
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "brexoauth")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = os.RemoveAll(dir) }()

	tenants, err := brexoauth.NewTenants(brexoauth.TenantsConfig[*brex.Client]{
		Client: client,
		Store: func(companyID string) (brexoauth.Store, error) {
			return brexoauth.NewFileStore(filepath.Join(dir, companyID+".json"))
		},
		NewClient: func(tenant brexoauth.Tenant) (*brex.Client, error) {
			window, err := brex.NewWindow(1000, time.Minute) // or a limiter of package brexpg for tenant.Bucket
			if err != nil {
				return nil, err
			}
			return brex.New(brex.WithTokenSource(tenant.Source), brex.WithLimiter(window), brex.WithBaseURL(server.URL))
		},
		Identify: func(ctx context.Context, source *brexoauth.TokenSource) (string, error) {
			api, err := brex.New(brex.WithTokenSource(source), brex.WithBaseURL(server.URL))
			if err != nil {
				return "", err
			}
			company, err := api.Company.Get(ctx)
			if err != nil {
				return "", err
			}
			return company.ID, nil
		},
		OnRevoked: func(companyID string, err *brexoauth.SignInError) {
			fmt.Println("send a mail to", companyID, "because", err.Reason)
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	login, err := signInAs(ctx, sandbox, client) // as in the first example
	if err != nil {
		fmt.Println(err)
		return
	}
	companyID, _, err := tenants.Add(ctx, login)
	if err != nil {
		fmt.Println(err)
		return
	}
	api, err := tenants.Get(ctx, companyID) // wherever the customer's data is needed
	if err != nil {
		fmt.Println(err)
		return
	}
	company, err := api.Company.Get(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("same company:", company.ID == companyID)
	_, err = tenants.Reconnect(ctx, "another company", login)
	fmt.Println("refused:", errors.Is(err, brexoauth.ErrOtherCompany))
	fmt.Println("removed:", tenants.Remove(ctx, companyID))
	_, err = tenants.Get(ctx, companyID)
	fmt.Println(err)
	// Output:
	// same company: true
	// refused: true
	// removed: <nil>
	// brexoauth: sign in again: no login is stored
}

func signInAs(ctx context.Context, sandbox *brextest.Handler, client *brexoauth.Client) (*brexoauth.Token, error) {
	attempt, err := client.AuthCodeURL(ctx)
	if err != nil {
		return nil, err
	}
	back, err := sandbox.Authorize(attempt.URL)
	if err != nil {
		return nil, err
	}
	callback, err := url.Parse(back)
	if err != nil {
		return nil, err
	}
	return client.Exchange(ctx, attempt, callback.Query())
}
